#!/usr/bin/env bash
# test_cli.sh RGPT EXAMPLE MODEL: the command line as doc/cli.md promises it: exit codes, one-line errors, help,
# JSON, streaming, interruption. A line a case, then "N passed, N failed".
#
# MODEL may be one of random weights: nothing here depends on what it says.
set -uo pipefail
rgpt=$(realpath "$1")
example=$(realpath "$2")
model=$(realpath "$3")
data=$(realpath "$(dirname "$0")/../data/cli")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1 # an empty folder: no ./models here
unset RGPT_MODEL
export OMP_WAIT_POLICY=passive # threads that spin while they wait starve each other on a busy machine
photo=$data/photo.jpg

passed=0 failed=0

# verdict NAME COMPLAINT: counts and prints one case; no complaint is a pass.
verdict() {
    if [ -z "$2" ]; then
        passed=$((passed + 1))
        echo "ok   $1"
    else
        failed=$((failed + 1))
        echo "FAIL $1: $2"
        head -c 600 out err 2>/dev/null
    fi
}

# complaint CODE STDOUT STDERR: what is wrong with $status and the files out and err. STDOUT and STDERR are
# extended regular expressions; '' wants silence. A failure of the program is one line "rgpt: ...".
complaint() {
    local wanted=$1 out=$2 err=$3
    [ "$status" -eq "$wanted" ] || { echo "exit code $status, wanted $wanted"; return; }
    if [ -z "$out" ] && [ -s out ]; then echo 'stdout is not empty'; fi
    if [ -n "$out" ] && ! grep -qE -- "$out" out; then echo "stdout has no $out"; fi
    if [ -z "$err" ] && [ -s err ]; then echo 'stderr is not empty'; fi
    if [ -n "$err" ] && ! grep -qE -- "$err" err; then echo "stderr has no $err"; fi
    if [ "$wanted" -eq 1 ] || [ "$wanted" -eq 2 ]; then
        [ "$(wc -l <err)" -eq 1 ] && grep -q '^rgpt: ' err || echo 'stderr is not one line "rgpt: ..."'
    fi
}

# try NAME CODE STDOUT STDERR ARGUMENT...: runs rgpt with the arguments.
try() {
    local name=$1 code=$2 out=$3 err=$4
    shift 4
    "$rgpt" "$@" >out 2>err </dev/null
    status=$?
    verdict "$name" "$(complaint "$code" "$out" "$err")"
}

# try_json NAME CONDITION ARGUMENT...: rgpt must print one JSON object, in one line, of which the Python
# expression CONDITION (the object is `o`) is true.
try_json() {
    local name=$1 condition=$2
    shift 2
    "$rgpt" "$@" --json >out 2>err </dev/null
    status=$?
    local wrong
    wrong=$(complaint 0 '^\{.*\}$' '')
    [ -n "$wrong" ] || wrong=$(python3 - "$condition" 2>&1 <<'PYTHON'
import json, sys
text = open("out").read()
o = json.loads(text)
if text.count("\n") != 1 or not text.endswith("\n"):
    print("not one line")
elif not eval(sys.argv[1]):
    print("not true:", sys.argv[1])
PYTHON
    )
    verdict "$name" "$wrong"
}

# ------------------------------------------------------------------ help and version

commands=(describe ask choose refer info convert)
try 'version' 0 '^rgpt [0-9]+\.[0-9]+\.[0-9]+$' '' --version
try 'help' 0 '^A tour:' '' --help
try 'no command: help, and an error' 2 '^Commands:' 'command: none given'
for command in "${commands[@]}"; do
    try "help lists $command" 0 "^  $command +[a-z]" '' help
    try "$command --help: usage, options, examples, exit codes" 0 "^Usage: rgpt $command " '' "$command" --help
    for heading in '  -h, --help +show this' 'Examples:' 'Exit code: 0 done, 1 '; do
        grep -qE -- "^$heading" out || verdict "$command --help" "no $heading"
    done
    [ "$(awk 'length > 80' out)" ] && verdict "$command --help" 'a line of more than 80 characters'
    try "help $command" 0 "^Usage: rgpt $command " '' help "$command"
done

# ------------------------------------------------------------------ wrong usage: exit code 2

try 'unknown command' 2 '' 'unknown: descibe, did you mean describe\?$' descibe
try 'unknown command, nothing near' 2 '' 'unknown: photograph, see: rgpt --help$' photograph
try 'unknown help topic' 2 '' 'did you mean choose\?$' help chose
try 'an option before the command' 2 '' 'found option -m' -m x describe
try 'unknown option' 2 '' 'describe: unknown option --overlai, did you mean --overlay\?$' describe x --overlai y
try 'unknown option with =' 2 '' 'unknown option --thread, did you mean --threads\?$' ask x y --thread=2
try 'abbreviated option' 2 '' 'did you mean --polygon\?$' describe x --poly 1,2,3,4,5,6
try 'unknown option, nothing near' 2 '' 'unknown option --frobnicate, see: rgpt describe --help$' describe --frobnicate
try 'unknown letter' 2 '' 'unknown option -x' describe -x
try 'option of another command' 2 '' 'unknown option --top' describe x --top 3
try 'value missing at the end' 2 '' '^rgpt: --box: nothing after it, wanted x,y,w,h$' describe x --box
try 'value missing before an option' 2 '' '--overlay: found --json after it, wanted OUT.png$' describe x --overlay --json
try 'value for a flag' 2 '' '--json: takes no value, found yes$' describe x --json=yes
for threads in 0 -1 two 2x '' ' 2' 1025 99999999999999999999; do
    try "--threads '$threads'" 2 '' '^rgpt: --threads: ' describe x "--threads=$threads"
done
for box in 1,2,3 1,2,3,4,5 1,2,3,x 1,,3,4 1,2,3,4, 'inf,0,1,1' 'nan,0,1,1' 0x1,0,1,1 '1, 2,3,4' '1;2;3;4' 1e999,0,1,1; do
    try "--box $box" 2 '' '^rgpt: --box: .*x,y,w,h$' describe x --box "$box"
done
try '--box with nothing' 2 '' '^rgpt: --box: empty' describe x --box=
try '--polygon with two points' 2 '' 'found 4 numbers, wanted x1,y1' describe x --polygon 1,2,3,4
try '--polygon with half a point' 2 '' 'found 7 numbers' describe x --polygon 1,2,3,4,5,6,7
try '--point with four numbers' 2 '' 'found 4 numbers, wanted x,y' describe x --point 1,2,3,4
try '--scribble with half a point' 2 '' 'found 3 numbers' describe x --scribble 1,2,3
try '--scribble with width 0' 2 '' '^rgpt: --scribble: ' describe x --scribble 1,2,3,4:0
try '--overlay over a photo' 2 '' 'ends in .png$' describe x --overlay photo.jpg
try 'describe without an image' 2 '' 'describe: no IMAGE, wanted: rgpt describe IMAGE' describe
try 'describe with two images' 2 '' 'found "b.jpg" too many' describe a.jpg b.jpg
try 'ask without a question' 2 '' 'ask: no QUESTION' ask "$photo"
try 'choose without labels' 2 '' 'choose: no labels' choose "$photo"
try 'choose with an empty label' 2 '' '--label: empty' choose "$photo" --label ''
try 'refer without an expression' 2 '' 'refer: no EXPRESSION' refer "$photo" --box 1,1,9,9
try 'refer without a region' 2 '' 'refer: no region' refer "$photo" 'the dog'
try 'convert without a source' 2 '' 'convert: no SRC' convert -o out.gguf
try 'convert without an output' 2 '' 'wanted -o OUT.gguf' convert a.gguf
cp "$photo" source.gguf
mkdir folder && cp "$photo" folder/part.gguf && ln -s folder/part.gguf link.gguf
try 'convert over its source' 2 '' 'is also an input' convert source.gguf -o ./source.gguf
try 'convert over its source, by a link' 2 '' 'is also an input' convert folder/part.gguf -o link.gguf
try 'convert over a part in its source folder' 2 '' 'exists in the source folder' convert folder -o folder/../folder/part.gguf
cmp -s "$photo" source.gguf || verdict 'convert left its source alone' 'it did not'
try 'words after --' 2 '' 'found "--json" too many' describe a.jpg -- --json

# ------------------------------------------------------------------ bad input: exit code 1

try 'no such image' 1 '' '^rgpt: .*no.jpg: No such file' describe no.jpg
try 'no such image, JSON' 1 '' 'No such file' describe no.jpg --json
try 'a name with a line break stays one line' 1 '' 'No such file' describe $'no\nsuch\033[31m.jpg'
try 'a folder for an image' 1 '' '^rgpt: ' describe folder
try 'not an image' 1 '' '^rgpt: ' describe "$0"
try 'no model: where it looked' 1 '' 'models/rgpt-tiny.gguf; name one with -m FILE' describe "$photo"
try 'no such model' 1 '' 'no.gguf: No such file' describe "$photo" -m no.gguf
try 'not a model' 1 '' '^rgpt: ' describe "$photo" -m "$photo"
try 'info: no such file' 1 '' 'no.gguf: No such file' info no.gguf
try 'info: not a model' 1 '' '^rgpt: ' info "$photo"
RGPT_MODEL=env.gguf try 'the model that $RGPT_MODEL names' 1 '' 'env.gguf: No such file' describe "$photo"
RGPT_MODEL=env.gguf try '-m goes before $RGPT_MODEL' 1 '' 'given.gguf: No such file' describe "$photo" -mgiven.gguf
mkdir models && cp "$photo" models/rgpt-tiny.gguf
try 'the model in ./models' 1 '' 'models/rgpt-tiny.gguf' describe "$photo"
rm -r models
try 'a region outside the image' 1 '' '--box 700,10,5,5' describe "$photo" --box 700,10,5,5
try 'no such mask' 1 '' 'no.png: No such file' describe "$photo" --mask no.png
try 'no such regions file' 1 '' '^rgpt: regions: no.json: No such file' describe "$photo" --regions no.json
try 'an RLE that is none' 1 '' '^rgpt: --rle \{"size"' describe "$photo" --rle '{"size":[64,96],"counts":[1]}'
try 'no such labels' 1 '' '^rgpt: labels: no.txt: No such file' choose "$photo" --labels no.txt
printf 'dog\ncat\n dog \n' >twice.txt
try 'a label twice' 1 '' 'labels: twice.txt: "dog" is there twice' choose "$photo" --labels twice.txt
printf '\n \r\n' >blank.txt
try 'no label in the file' 1 '' 'blank.txt: no label' choose "$photo" --labels blank.txt
printf 'dog\0cat\n' >zero.txt
try 'a zero byte among the labels' 1 '' 'zero byte' choose "$photo" --labels zero.txt
cp "$data/mask.png" in.png
try 'overlay over the image' 2 '' 'in.png: is also an input' describe in.png --overlay ./in.png -m "$photo"
try 'overlay over a mask' 2 '' 'in.png: is also an input' describe "$photo" --mask in.png --overlay in.png -m x
cmp -s "$data/mask.png" in.png || verdict 'the overlay left its inputs alone' 'it did not'

# try_pipe NAME CODE STDOUT STDERR ARGUMENT...: as try, with the photo on stdin.
try_pipe() {
    local name=$1 code=$2 out=$3 err=$4
    shift 4
    cat "$photo" | "$rgpt" "$@" >out 2>err
    status=$?
    verdict "$name" "$(complaint "$code" "$out" "$err")"
}

"$rgpt" --help >/dev/full 2>err; status=$?; : >out
verdict 'help to a full disk' "$(complaint 1 '' 'output: stdout: No space left')"
"$rgpt" --version >&- 2>err; status=$?; : >out
verdict 'version to a closed stdout' "$(complaint 1 '' 'output: stdout: ')"
"$rgpt" describe - <&- >out 2>err; status=$?
verdict 'an image from a closed stdin' "$(complaint 1 '' '^rgpt: image: stdin: ')"
"$rgpt" describe - </dev/null >out 2>err; status=$?
verdict 'an empty image on stdin' "$(complaint 1 '' '^rgpt: stdin: ')"

# A background job of a script has SIGINT ignored; `env` gives it back what a terminal would.
mkfifo silent
env --default-signal=INT "$rgpt" describe - <silent >out 2>err &
job=$!
exec 9>silent
until [ "$(cat /proc/$job/comm)" = rgpt ]; do sleep 0.01; done
sleep 0.1
kill -INT $job
wait $job; status=$?
exec 9>&-
verdict 'Ctrl-C while reading stdin' "$(complaint 130 '' '')"

"$example" >out 2>err; status=$?
sed -i 's/^/rgpt: /' err
verdict 'example: usage' "$(complaint 2 '' 'usage: region MODEL IMAGE')"

# ------------------------------------------------------------------ with a model

export RGPT_MODEL=$model
box=(--box 20,20,28,28) both=(--box 20,20,28,28 --mask "$data/mask.png")

try 'describe the image' 0 . '' describe "$photo"
try_pipe 'an image on stdin' 0 . '' describe -
try 'options after the image' 0 . '' describe "$photo" "${box[@]}" --brief
try 'options before the image' 0 . '' describe "${box[@]}" --brief "$photo"
try 'two regions have numbers' 0 '^2: ' '' describe "$photo" "${both[@]}"
try 'one region has none' 0 . '' describe "$photo" "${box[@]}"
grep -q '^1: ' out && verdict 'one region has none' 'it has'
try 'timings' 0 . '^total +[0-9]+ ms$' describe "$photo" -v
try 'ask: a line a turn' 0 . '' ask "$photo" "${box[@]}" --max-tokens 3 'What is <region1>?' 'Really?'
try 'ask: an unmentioned region' 0 . '' ask "$photo" "${box[@]}" 'What is this?'
try 'ask: a region that is not there' 1 '' 'region2' ask "$photo" "${box[@]}" 'What is <region2>?'
try 'ask: not UTF-8' 1 '' '^rgpt: ' ask "$photo" $'caf\xe9?'
try 'choose' 0 '^[01]\.[0-9]{4} (cat|dog)$' '' choose "$photo" --label cat --label dog
try 'choose for regions' 0 '^2: [01]\.[0-9]{4} (cat|dog)$' '' choose "$photo" "${both[@]}" --label cat --label dog
try 'choose: the question must have its region' 2 '' '<region1>' choose "$photo" "${box[@]}" --label a --label b --question 'What?'
try 'refer' 0 '^none: [01]\.' '' refer "$photo" "${both[@]}" 'the red disc'
try 'info' 0 '^  peak ' '' info
try 'info FILE -vv' 0 '^tensors$' '' info "$model" -vv

printf '\xef\xbb\xbfcat\r\n\r\n  teddy bear \r\ndog' >labels.txt
keys='set(o) == {"model", "image", "regions", "tokens", "ms", %s}'
frame='o["image"] == {"path": o["image"]["path"], "width": 96, "height": 64}'
frame+=' and set(o["tokens"]) == {"prompt", "cached", "generated"}'
frame+=' and set(o["ms"]) == {"load", "image", "prefill", "decode", "total"}'
try_json 'describe: JSON' "$(printf "$keys" '"answers"') and $frame and o['regions'] == [] and 'region' not in o['answers'][0]" \
    describe "$photo"
try_json 'describe regions: JSON' "[a['region'] for a in o['answers']] == [1, 2] and set(o['answers'][0]) == {'region', 'text', 'tokens', 'stop'}" \
    describe "$photo" "${both[@]}" --max-tokens 4
try_json 'describe regions: the image is computed once' 'o["tokens"]["cached"] > 0' describe "$photo" "${both[@]}" --max-tokens 2
try_json 'describe: stopped by length' "o['answers'][0]['stop'] in ('length', 'eos') and o['answers'][0]['tokens'] <= 1" \
    describe "$photo" --max-tokens 1
try_json 'ask: JSON' "$(printf "$keys" '"answers"') and $frame and len(o['answers']) == 2 and set(o['answers'][0]) == {'text', 'tokens', 'stop'}" \
    ask "$photo" --max-tokens 2 'One?' 'Two?'
try_json 'regions keep their order across kinds' "[r['kind'] for r in o['regions']] == ['point', 'box', 'polygon', 'scribble', 'mask', 'box'] and [r['id'] for r in o['regions']] == [1, 2, 3, 4, 5, 6] and o['regions'][1]['box'] == [20, 20, 28, 28] and o['regions'][1]['area'] == 784" \
    ask "$photo" --point 40,30 "${box[@]}" --polygon 1,1,20,1,20,20 --scribble 5,5,60,40:3 --mask "$data/mask.png" --box -5,-5,15,15 --max-tokens 1 'Well?'
try_json 'choose: JSON' "$(printf "$keys" '"choices"') and $frame and abs(sum(l['p'] for l in o['choices'][0]['labels']) - 1) < 1e-6 and [l['p'] for l in o['choices'][0]['labels']] == sorted((l['p'] for l in o['choices'][0]['labels']), reverse=True)" \
    choose "$photo" "${box[@]}" --labels labels.txt
try_json 'choose: CR LF, blanks and a byte-order mark' "{l['label'] for l in o['choices'][0]['labels']} == {'cat', 'teddy bear', 'dog'}" \
    choose "$photo" --labels labels.txt
try_json 'choose --top' "len(o['choices'][0]['labels']) == 2" choose "$photo" --labels labels.txt --top 2
try_json 'choose --question for each region' "[c['region'] for c in o['choices']] == [1, 2]" \
    choose "$photo" "${both[@]}" --label yes --label no --question 'Is <region1> red?'
try_json 'refer: JSON' "$(printf "$keys" '"refer"') and $frame and len(o['refer']['p']) == 2 and abs(sum(o['refer']['p']) + o['refer']['none'] - 1) < 1e-6" \
    refer "$photo" "${both[@]}" 'the red disc'
try_json 'info: JSON' "{'model', 'path', 'parameters', 'weights', 'memory'} <= set(o) and o['memory']['file'] > 0" info
cp "$photo" $'caf\xe9.jpg'
try_json 'a file name that is not UTF-8' 'o["image"]["path"] == "caf\ufffd.jpg"' describe $'caf\xe9.jpg' --max-tokens 1

rm -f seen.png
try 'overlay' 0 . '' describe "$photo" "${both[@]}" --overlay seen.png --max-tokens 3
[ "$(head -c 4 seen.png | tail -c 3)" = PNG ] || verdict 'overlay' 'is no PNG'
try 'overlay in a folder that is not there' 1 '' '--overlay: no/seen.png: No such file' describe "$photo" --overlay no/seen.png --max-tokens 3

for form in '' --json; do
    "$rgpt" describe "$photo" --max-tokens 3 $form >/dev/full 2>err; status=$?; : >out
    verdict "describe to a full disk $form" "$(complaint 1 '' 'output: stdout: No space left')"
done
"$rgpt" describe "$photo" "${both[@]}" 2>err | head -c 1 >/dev/null; status=0; : >out
verdict 'a reader that leaves early' "$(complaint 0 '' '')"

"$example" "$model" "$photo" 20 20 28 28 'What is <region1>?' >out 2>err; status=$?
verdict 'example: answers' "$(complaint 0 '^\([0-9]+ tokens in ' '')"
"$example" "$model" "$photo" 20 20 28 28 'What is <region2>?' >out 2>err; status=$?
verdict 'example: fails with a message' "$([ $status -eq 1 ] && grep -q 'region2' err || echo "exit code $status")"

# Many regions, so that plenty is left to do when the first character has come.
points=()
for x in {1..400}; do points+=(--point "$((x % 90 + 2)),$((x % 60 + 2))"); done
mkfifo answers
env --default-signal=INT "$rgpt" describe "$photo" "${points[@]}" >answers 2>err &
job=$!
exec 8<answers
IFS= read -r -n 1 -u 8
kill -INT $job
cat <&8 >out
wait $job; status=$?
exec 8<&-
verdict 'Ctrl-C while an answer comes' "$(complaint 130 . '')"
[ -z "$(tail -c 1 out)" ] || verdict 'Ctrl-C while an answer comes' 'the last line has no end'
grep -q '^400: ' out && verdict 'Ctrl-C while an answer comes' 'it went on to the end'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
