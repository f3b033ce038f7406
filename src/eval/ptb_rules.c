#include "eval/ptb_rules.h"

/* ---------------------------------------------------------------- words that the patterns name */

/* They keep their period and never end a sentence. */
#define TITLES                                                                                                         \
    "adj|adm|adv|alex|asst|assoc|atty|attys|ave|brig|capt|cf|cie|cmdr|col|comdr|cpl|dept|det|drs?|elec|ens|ft|gen|"    \
    "govs?|hon|insp|invt|jos|lieut|lt|maj|messrs|mlle|mme|mrs?|ms|msgr|mt|natl|pfc|ph|pres|profs?|pvt|reps?|rev|"      \
    "sens?|sfc|sgt|spc|ste?|supts?|treas|vs|wm"

/* They keep it, and before a capital it ends the sentence too. */
#define ENDINGS                                                                                                        \
    "al|ala|apr|ariz|assn|aug|bancorp|bhd|bldg|blvd|bros|calif|co|colo|conn|corp|cos|ct|dak|dec|esq|est|etc|ext|feb|"  \
    "fla|fri|ga|inc|ind|intl|jan|jr|jul|jun|kan|kans|ky|ltd|mar|md|mich|minn|mo|mon|mont|neb|nev|nov|oct|okla|penn|"   \
    "plc|rd|rt|sept?|seq|sq|sr|sys|tel|tenn|thu|thurs|tues?|univ|va|vt|wed|wisc?|wyo|ph\\.d"

/* So do these, which are other words without a capital. */
#define CAPITALIZED_ENDINGS "A~(rk|z)|D~(el)|I~(ll)|L~(a)|M~(ass|iss)|O~(re)|P~(a)|T~(ex)|W~(ash)"

/* A sentence that begins with one of these has begun; only the first letter's case counts. */
#define STARTERS                                                                                                       \
    "A~(bout|ccording|dditionally|fter|n|s|t)?|B~(ut)|E~(arlier)|H~(ere?|e|owever)|I~(f|n|t)|L~(ast)|"                 \
    "M~(any|ore|r\\.|s\\.)|N~(ow)|O~(nce|ne|ther|ur)|S~(he|ince|o|ome|uch)|"                                           \
    "T~(hat|he|heir|hen|here|hese|hey|his)|W~(e|hat|hen|hile)|Y~(et|ou)"

/* "photo1.jpg" is one token. */
#define FILE_ENDINGS                                                                                                   \
    "bat|bmp|c|class|cgi|cpp|dll|docx?|exe|gif|gz|h|html?|jar|java|jpe?g|mov|mp3|pdf|php|pl|png|ppt|ps|py|sql|tar|"    \
    "txt|wav|x|xml|zip"

static const rg_pattern_name names[] = {
    /* Characters. A rune is what words are made of; U+00AD, the soft hyphen, hides inside them. */
    {.name = "letter", .ranges = rg_ptb_letters},
    {.name = "mark", .ranges = rg_ptb_marks},
    {.name = "digit", .ranges = rg_ptb_digits},
    {.name = "symbol", .ranges = rg_ptb_symbols},
    {.name = "rune", .pattern = "[{letter}{mark}\u00AD]"},
    {.name = "alnum", .pattern = "[{letter}{digit}]"},
    {.name = "az", .pattern = "[A-Za-z]"},
    {.name = "az09", .pattern = "[A-Za-z0-9]"},
    {.name = "capital", .pattern = "[A-Z\u00C0-\u00D6\u00D8-\u00DE\u0391-\u03A9\u0400-\u042F]"},
    {.name = "space", .pattern = "[ \t\u00A0\u2000-\u200A\u3000]"},
    {.name = "newline", .pattern = "\r\n|[\r\n\v\f\u2028\u2029]"},
    {.name = "gap", .pattern = "[ \t\u00A0\u2000-\u200A\u3000\r\n\v\f\u2028\u2029\\x85]"},
    {.name = "apos", .pattern = "['\\x92\u2019]|&apos;"},
    {.name = "anyapos", .pattern = "['`\\x91\\x92\u2018\u2019\u201B\u2039\u203A]|&apos;"},

    /* Markup: <b>, <a href="x">, </b>, <br/>, <!-- -->. */
    {.name = "tagname", .pattern = "[A-Za-z][A-Za-z0-9_:.-]*"},
    {.name = "attribute", .pattern = " +{tagname}( *= *('[^'\n]*'|\"[^\"\n]*\"))?"},
    {.name = "tag", .pattern = "<({tagname}{attribute}* */?|/{tagname}|[!?][A-Za-z-][^>\r\n]*) *>"},

    /* Words: dog, Yahoo!Mail, caf&eacute;. Things: 35mm, x-ray, snake_case, hors-d'oeuvre. Compounds: A.-B,
     * 1,000-ton, ex-U.S. Mergers: AT&T. Initials: U.S.A (the last period comes with the rule). */
    {.name = "wordrune", .pattern = "{rune}|&~([aeiou](acute|grave|uml));"},
    {.name = "wordpart", .pattern = "({wordrune})({wordrune}|{digit})*"},
    {.name = "word", .pattern = "{wordpart}([.!?]{wordpart})*"},
    {.name = "elision", .pattern = "[dDoOlL]{anyapos}{alnum}"},
    {.name = "thing", .pattern = "({elision})?{alnum}+([-_]({elision})?{alnum}+)*"},
    {.name = "compound", .pattern = "{az09}[A-Za-z0-9.,\u00AD]*(-({az09}|\u00AD)+|-{az}(\\.{az})+\\.)+"},
    {.name = "merger", .pattern = "[A-Z]+(([+&]|&~(amp);)[A-Z]+)+"},
    {.name = "initials", .pattern = "{az}(\\.{az})*"},
    {.name = "clitic", .pattern = "~({apos}([msd]|re|ve|ll))"},

    /* Abbreviations, and what shows that the sentence ended with them. */
    {.name = "title", .pattern = "~(" TITLES ")|[Mm][ft][Gg]"},
    {.name = "ending", .pattern = "~(" ENDINGS ")|" CAPITALIZED_ENDINGS "|[Pp][Pp]?[Tt][ey]s?"},
    {.name = "sentence", .pattern = "{gap}({gap}|{capital}|{tag})"},
    {.name = "starter", .pattern = "{gap}+(" STARTERS "|{tag}){gap}"},
    {.name = "clause", .pattern = "[,;:\u3001]"},

    {.name = "number", .pattern = "[-+]?({digit}+|{digit}*([.,:\u00AD\u066B\u066C]{digit}+)+)"},
    {.name = "fraction", .pattern = "({digit}{1,4}[- \u00A0])?{digit}{1,4}(\\\\?/|\u2044){digit}{1,4}"},
    {.name = "date", .pattern = "[0-9]{1,2}[-/][0-9]{1,2}[-/][0-9]{2,4}"},
    {.name = "areacode", .pattern = "\\([0-9]{2,3}\\)[ \u00A0]?|\\+?\\+?([0-9]{2,4}[- \u00A0])?[0-9]{2,4}[- \u00A0]"},
    {.name = "phone", .pattern = "({areacode})[0-9]{3,4}[- \u00A0]?[0-9]{3,5}"},

    {.name = "urlrune", .pattern = "[^ \t\r\n\f\"<>|()\\{}]"},
    {.name = "urltail", .pattern = "{urlrune}+[^ \t\r\n\f\"<>|.!?()\\{},-]"},
    {.name = "hostpart", .pattern = "[^ \t\r\n\f\"<>|.!?()\\{},]+\\."},
    {.name = "barehostpart", .pattern = "[^ \t\r\n\f\"`'<>|.!?()\\{},-_$]+\\."},
    {.name = "host", .pattern = "www\\.{hostpart}+[a-zA-Z]{2,4}|{barehostpart}+(com|net|org|edu)"},
    {.name = "mailuser", .pattern = "{az09}[^ \t\r\n\f\"<>|()\\{}\u00A0]*"},
    {.name = "mailpart", .pattern = "[^ \t\r\n\f\"<>|()\\{}.\u00A0]+"},
    {.name = "mail", .pattern = "(<|&lt;)?{mailuser}@({mailpart}\\.)*{mailpart}(>|&gt;)?"},

    {.name = "smiley", .pattern = "[<>]?[:;=]['o*-]?[()DPdpO\\\\\\{@|\\[\\]]"},
    {.name = "eyes", .pattern = "[-^x=~<>']"},
    {.name = "face", .pattern = "{eyes}_{eyes}|\\({eyes}[_.]?{eyes}\\)|\\([\\^x=~<>']-[\\^x=~<>'`]\\)"},
};

const rg_pattern_names rg_ptb_names = {names, sizeof names / sizeof *names};

/* ---------------------------------------------------------------- the rules; of equal matches the first wins */

// clang-format off
#define RULE(action, pattern)               {{pattern, NULL}, RG_PTB_##action, NULL}
#define BEFORE(action, pattern, follow)     {{pattern, follow}, RG_PTB_##action, NULL}
#define WRITE(pattern, text)                {{pattern, NULL}, RG_PTB_WRITE, text}
#define WRITE_BEFORE(pattern, follow, text) {{pattern, follow}, RG_PTB_WRITE, text}
// clang-format on

const rg_ptb_rule rg_ptb_rules[] = {
    /* Two words written as one. */
    BEFORE(KEEP, "~(can)", "~(not)"),
    BEFORE(KEEP, "~(gon|wan)", "~(na)"),
    BEFORE(KEEP, "~(got)", "~(ta)"),
    BEFORE(KEEP, "~(lem|gim)", "~(me)"),

    RULE(KEEP, "{tag}"),
    WRITE("[\\x96\\x97\u2013\u2014\u2015]|&~(md|mdash|ndash);", "--"),
    WRITE("&~(amp);", "&"),
    RULE(KEEP, "&~(ht|tl|ur|lr|qc|ql|qr|odq|cdq|#[0-9]+);"),

    /* Words, cut before n't and clitics. */
    BEFORE(KEEP, "{az}*[A-MO-Za-mo-z]", "~(n{anyapos}t)"),
    RULE(KEEP, "~(cap{apos}n|pro-|anti-|c\\.d\\.s)"),
    RULE(PLAIN, "~(s(&|&amp;)(p-500|ls))"),
    BEFORE(WORD, "{word}", "{clitic}"),
    RULE(WORD, "{word}"),

    /* Words with an apostrophe of their own: y'all, rock 'n' roll, l'avion, '90s, O'Neil, ma'am, 'tis. */
    BEFORE(KEEP, "[yY]{apos}", "{letter}"),
    RULE(KEEP, "~({apos}n{apos}?|[ldj]{apos}|ol{apos}|dunkin{apos}|somethin{apos})"),
    RULE(KEEP, "~({apos}(em|till?|cause)|c'mon|c{apos}est|li{apos}l|e{apos}er|o{anyapos}o|nor{apos}easter)"),
    RULE(KEEP, "{apos}[2-9]0[Ss]"),
    BEFORE(KEEP, "{apos}[0-9][0-9]", "{gap}"),
    RULE(KEEP, "[A-HJ-XZn]{anyapos}{letter}{letter}+|{letter}+[aeiouyAEIOUY]{anyapos}[aeiouA-Z]{letter}*"),
    BEFORE(KEEP, "~('t)", "~(is|was)"),

    /* Addresses, names and tags of the net. */
    RULE(KEEP, "~(https?)://{urltail}|({host})(/{urltail})?"),
    RULE(KEEP, "{mail}"),
    RULE(KEEP, "@[A-Za-z_][A-Za-z0-9_]*|#{rune}+"),

    BEFORE(PLAIN, "{clitic}", "[^A-Za-z]"),
    RULE(PLAIN, "~(n{anyapos}t)"),

    RULE(WORD, "{number}"),
    RULE(KEEP, "{fraction}|{date}|{thing}"),
    RULE(KEEP, "{az09}+(-{az}+){0,2}(\\\\?/{az09}+(-{az}+){0,2}){1,2}"), /* and/or */
    RULE(PLAIN, "{merger}"),
    RULE(KEEP, "[cC]\\+\\+|[cCfF]#|[A-Z]+\\$"),
    RULE(KEEP, "[\u207A\u207B]?[\u00B2\u00B3\u00B9\u2070\u2074-\u2079]+|[\u208A\u208B]?[\u2080-\u2089]+"),

    /* Periods that belong to a word. The two code points make the second rule longer than "Inc.x"; at the
     * end of the text, where they are missing, the third one ends the sentence. */
    BEFORE(REPEAT, "({ending})\\.", "{sentence}"),
    BEFORE(KEEP, "({ending})\\.", ".."),
    RULE(REPEAT, "({ending})\\."),
    RULE(KEEP, "({title})\\."),
    BEFORE(REPEAT, "{az}(\\.{az})+\\.", "{starter}"),
    BEFORE(KEEP, "{az}", "\\.{starter}"),
    RULE(KEEP, "{initials}\\."),
    RULE(WORD, "{compound}"),
    BEFORE(WORD, "({word}|{thing}|{compound}|{merger})\\.", "{clause}"),
    BEFORE(KEEP, "~(art|ca|figs?|nos?|op|pp|prop)\\.", "{gap}?{digit}"),
    BEFORE(KEEP, "({rune}|{digit})+(\\.({rune}|{digit})+)*\\.~(" FILE_ENDINGS ")", "{gap}|[.,!?]"),

    RULE(BRACKETS, "{phone}"),
    BEFORE(BRACKETS, "{smiley}", "[^A-Za-z0-9]"),
    RULE(BRACKETS, "{face}"),

    /* Brackets, dashes, punctuation. */
    WRITE("\\(", "-LRB-"),
    WRITE("\\)", "-RRB-"),
    WRITE("\\[", "-LSB-"),
    WRITE("\\]", "-RSB-"),
    WRITE("\\{", "-LCB-"),
    WRITE("\\}", "-RCB-"),
    RULE(KEEP, "~(-[LR][RCS]B-)"),
    WRITE("---?-?", "--"),
    RULE(KEEP, "-+"),
    WRITE("\\.{3,5}|(\\.[ \u00A0]){2,4}\\.|\u2026|\\x85", "..."),
    RULE(KEEP, "[,;:.]"),
    RULE(KEEP, "[?!]+"),
    RULE(KEEP, "_+|\\*+|(\\\\\\*)+|#+|@+"),

    /* Quotes open before a letter, a digit or a dollar. */
    WRITE_BEFORE("\"|&quot;", "[A-Za-z0-9$]", "``"),
    WRITE("\"|&quot;", "''"),
    WRITE_BEFORE("'", "{az}[^ \t\r\n\u00A0]", "`"),
    WRITE("'|&apos;", "'"),
    RULE(PLAIN, "{clitic}"),
    RULE(KEEP, "''|``|<<|>>"),
    RULE(PLAIN, "[`\\x91-\\x94\u00AB\u00BB\u2018\u2019\u201B-\u201D\u2039\u203A]{1,2}"),

    /* Symbols. */
    WRITE("[\\x80\u00A4\u20A0\u20AC]", "$"),
    WRITE("\u00A2", "cents"),
    WRITE("\u00A3", "#"),
    WRITE("\u00BC", "1/4"),
    WRITE("\u00BD", "1/2"),
    WRITE("\u00BE", "3/4"),
    WRITE("\u2153", "1/3"),
    WRITE("\u2154", "2/3"),
    RULE(KEEP, "&~(quot|apos);"),
    WRITE("&~(lt);", "<"),
    WRITE("&~(gt);", ">"),
    RULE(DROP, "&~(nbsp);"),
    RULE(KEEP, "{symbol}|[$%&+/<=>@\\\\^|\\~]"),

    RULE(NEWLINE, "{newline}"),
    RULE(DROP, "{space}+|."),
};

const size_t rg_ptb_rule_count = sizeof rg_ptb_rules / sizeof *rg_ptb_rules;
