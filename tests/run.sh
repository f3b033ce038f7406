#!/usr/bin/env bash
# run.sh [SUITE...]: the test suites (all without arguments), a table of what they counted, and a closing
# line "N passed, N failed". Exit status 1 when anything failed. What each suite is for: doc/testing.md.
#
# A suite is a function suite_NAME below. It prints what it likes, with a line "N passed, N failed" for
# everything that it ran (several are added up), and fails when anything in it did. Its output goes to
# build/suites/NAME.log and is shown only when it fails.
set -uo pipefail
cd "$(dirname "$0")/.."

all_suites=(release lint demo asan tsan clang fuzz shared) # and coverage, when asked for
logs=build/suites
runners=(golden bad metrics)

# A report of a sanitizer must end the program, or the test would pass.
export ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1:allocator_may_return_null=1
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# Threads that spin while they wait bring a busy machine to a standstill (tools/rgpt/threads.h).
export OMP_WAIT_POLICY=passive
export TSAN_OPTIONS=halt_on_error=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0

configure() { # FOLDER [SETUP-OPTION...]
    local folder=$1
    shift
    if [ ! -f "$folder/build.ninja" ]; then
        meson setup "$folder" "$@"
    elif [ $# -gt 0 ]; then
        meson setup --reconfigure "$folder" "$@" # they may have changed since
    fi
}

meson_tests() { # FOLDER [TEST-OPTION...]
    local folder=$1 status
    shift
    rm -f "$folder/meson-logs/testlog.json"
    meson test -C "$folder" --print-errorlogs "$@"
    status=$?
    python3 tests/count.py "$folder/meson-logs/testlog.json"
    return $status
}

# What users build. Warnings are errors in the two builds below, with two compilers.
suite_release() { configure build && ninja -C build && meson_tests build --no-suite lint; }

suite_lint() { tests/lint/run.py; } # after release: it looks at the library, too

# What `make demo` shows, with the real model, and what it says; skipped where the decoder cannot be fetched.
suite_demo() {
    local said
    tools/dev/get-decoder.sh || { echo '0 passed, 0 failed, 1 skipped'; return; }
    tools/dev/get-model.sh build/tools/rgpt/rgpt models/rgpt-tiny.gguf &&
        said=$(tools/dev/demo.sh build/tools/rgpt/rgpt models/rgpt-tiny.gguf) || return 1
    echo "$said"
    grep -qx '1: person' <<<"$said" && grep -qx '2: laptop' <<<"$said" && [ -s demo.png ] && echo '1 passed, 0 failed'
}

suite_asan() {
    configure build-asan -Dbuildtype=debugoptimized -Dwerror=true -Db_sanitize=address,undefined &&
        ninja -C build-asan && meson_tests build-asan --no-suite slow --timeout-multiplier 4
}

# Tests of the suite "threads". One OpenMP thread: ThreadSanitizer cannot see into gcc's OpenMP.
suite_tsan() {
    configure build-tsan -Dbuildtype=debugoptimized -Db_sanitize=thread &&
        OMP_NUM_THREADS=1 meson_tests build-tsan --suite threads --timeout-multiplier 4
}

# Checks inside a loop keep it from becoming a vector loop, which is no fault of the code.
suite_clang() {
    local options=(-Dbuildtype=debugoptimized -Dwerror=true -Db_lundef=false -Db_sanitize=address,undefined)
    options+=(-Dc_args=-Wno-pass-failed)
    has_fuzzers && options+=(-Dfuzz=true)
    CC=clang configure build-clang "${options[@]}" && ninja -C build-clang && echo '1 passed, 0 failed'
}

has_fuzzers() { [ -f tests/fuzz/meson.build ]; }

# Every fuzzer over its corpus (past crashes are in it), then a few seconds on from there.
suite_fuzz() {
    local passed=0 failed=0 program name scratch
    local options=(-timeout=10 -rss_limit_mb=512 -max_total_time="${FUZZ_SECONDS:-5}" -print_final_stats=1)
    local -x ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=32 # freed memory that ASan holds back is not ours
    for program in build-clang/tests/fuzz/fuzz_*; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        name=${program##*/fuzz_}
        scratch=$(mktemp -d)
        mkdir -p "tests/fuzz/corpus/$name"
        echo "--- $name"
        if "$program" "${options[@]}" -artifact_prefix="$logs/$name-" "$scratch" "tests/fuzz/corpus/$name"; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
        fi
        rm -rf "$scratch"
    done
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# The full sets of cases beside the clone, where they are; a few of each kind are in tests/data.
suite_shared() {
    local status=0 folder
    declare -A folders=([golden]='goldens models' [bad]=eval/bad_inputs [metrics]=eval)
    for runner in "${runners[@]}"; do
        for folder in ${folders[$runner]}; do
            [ -d "../shared/$folder" ] || continue
            "build/tests/rgpt-test-$runner" "../shared/$folder" || status=1
        done
    done
    return $status
}

# What the tests of the tree did not reach; fails where code that reads strangers' files was spared.
suite_coverage() {
    configure build-coverage -Dbuildtype=debug -Db_coverage=true -Db_ndebug=true && ninja -C build-coverage || return 1
    find build-coverage -name '*.gcda' -delete
    meson test -C build-coverage --no-suite lint --timeout-multiplier 4 && tests/coverage.py build-coverage
}

# Runs one suite, adds its counts to the totals and a row to the table.
table=''
total=(0 0 0)
run_suite() {
    local name=$1 log=$logs/$1.log start=$SECONDS status counts
    echo "== $name"
    "suite_$name" >"$log" 2>&1 </dev/null
    status=$?
    counts=($(awk '/^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; s += $5 } END { print p + 0, f + 0, s + 0 }' "$log"))
    [ $status -eq 0 ] || [ "${counts[1]}" -gt 0 ] || counts[1]=1 # it broke before it could count
    if [ "${counts[1]}" -gt 0 ]; then
        grep -E '^FAIL|\[  FAILED  \]|error:|warning:' "$log" | head -40
        tail -n 40 "$log"
        echo "== $name FAILED; all of it: $log"
    fi
    table+=$(printf '%-10s %7d %7d %8d %5d s' "$name" "${counts[@]}" $((SECONDS - start)))$'\n'
    for i in 0 1 2; do total[i]=$((total[i] + counts[i])); done
}

[ $# -gt 0 ] || set -- "${all_suites[@]}"
mkdir -p "$logs"
for suite in "$@"; do
    declare -F "suite_$suite" >/dev/null || { echo "no suite '$suite'; there are: ${all_suites[*]}" >&2; exit 2; }
    run_suite "$suite"
done
printf '\n%-10s %7s %7s %8s %7s\n%s\n' suite passed failed skipped time "$table"
echo "${total[0]} passed, ${total[1]} failed$([ "${total[2]}" -eq 0 ] || echo ", ${total[2]} skipped")"
[ "${total[1]}" -eq 0 ]
