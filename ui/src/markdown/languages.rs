//! What each language's code is coloured by. A word that is in no list has no colour.

/// How the text of a string ends.
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// A backslash takes the next character with it.
    pub(super) escapes: bool,
    /// It may go on over lines.
    pub(super) lines: bool,
}

/// What else is particular.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    Plain,
    /// Tags and attributes.
    Markup,
    /// Lines that came and went.
    Diff,
    /// `key: value` and `key = value`.
    Keys,
    /// `$name` is a variable.
    Dollar,
}

/// A language.
pub(super) struct Language {
    /// What people write after the fence; the first is its name for people.
    pub(super) names: &'static [&'static str],
    pub(super) comments: &'static [&'static str],
    pub(super) blocks: &'static [(&'static str, &'static str)],
    pub(super) quotes: &'static [Quote],
    pub(super) keywords: &'static str,
    /// Words that are types or values.
    pub(super) types: &'static str,
    /// `SELECT` is `select`.
    pub(super) any_case: bool,
    /// A word that begins with a capital is a type.
    pub(super) capitals: bool,
    pub(super) flavour: Flavour,
}

const fn quote(open: &'static str, close: &'static str, escapes: bool, lines: bool) -> Quote {
    Quote {
        open,
        close,
        escapes,
        lines,
    }
}

const DOUBLE: Quote = quote("\"", "\"", true, false);
const SINGLE: Quote = quote("'", "'", true, false);
const TICKED: Quote = quote("`", "`", true, true);
const C_COMMENT: (&str, &str) = ("/*", "*/");

const NONE: Language = Language {
    names: &[],
    comments: &[],
    blocks: &[],
    quotes: &[],
    keywords: "",
    types: "",
    any_case: false,
    capitals: false,
    flavour: Flavour::Plain,
};

/// The one that `written` names.
pub(super) fn find(written: &str) -> Option<&'static Language> {
    let written = written.to_ascii_lowercase();
    LANGUAGES.iter().find(|language| {
        language
            .names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&written))
    })
}

static LANGUAGES: &[Language] = &[
    Language {
        names: &["Rust", "rs"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[
            quote("r#\"", "\"#", false, true),
            quote("r\"", "\"", false, true),
            quote("b\"", "\"", true, true),
            quote("\"", "\"", true, true),
        ],
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref return self static struct super trait type union unsafe use where while yield macro_rules",
        types: "bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize true false Self",
        capitals: true,
        ..NONE
    },
    Language {
        names: &[
            "JavaScript",
            "js",
            "jsx",
            "mjs",
            "cjs",
            "node",
            "TypeScript",
            "ts",
            "tsx",
        ],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[DOUBLE, SINGLE, TICKED],
        keywords: "abstract as async await break case catch class const continue debugger declare default delete do else enum export extends finally for from function get if implements import in infer instanceof interface is keyof let namespace new of private protected public readonly return satisfies set static super switch this throw try type typeof var void while with yield",
        types: "true false null undefined NaN any boolean never number object string symbol unknown",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["Python", "py", "python3", "pycon"],
        comments: &["#"],
        quotes: &[
            quote("\"\"\"", "\"\"\"", true, true),
            quote("'''", "'''", true, true),
            DOUBLE,
            SINGLE,
        ],
        keywords: "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield",
        types: "True False None self cls bool bytes dict float frozenset int list object set str tuple type",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["C++", "cpp", "cxx", "cc", "hpp", "c", "h", "objc"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[DOUBLE, SINGLE],
        keywords: "alignas alignof asm auto break case catch class concept const consteval constexpr constinit const_cast continue co_await co_return co_yield decltype default define delete do dynamic_cast else endif enum explicit export extern final for friend goto if ifdef ifndef include inline mutable namespace new noexcept operator override pragma private protected public register reinterpret_cast requires return sizeof static static_assert static_cast struct switch template this throw try typedef typeid typename union using virtual volatile while",
        types: "bool char double float int long short signed unsigned void size_t ssize_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t true false nullptr NULL string vector map",
        ..NONE
    },
    Language {
        names: &["Java", "Kotlin", "kt", "kts", "scala", "groovy", "gradle"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[quote("\"\"\"", "\"\"\"", true, true), DOUBLE, SINGLE],
        keywords: "abstract actual annotation as assert break by case catch class companion const constructor continue data def default do else enum expect extends final finally for fun given goto if implements implicit import in infix init inline inner instanceof interface internal is lateinit match native new object open operator out override package permits private protected public record return sealed static super suspend switch synchronized this throw throws trait transient try typealias val var vararg volatile when where while with yield",
        types: "boolean byte char double float int long short void true false null",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["C#", "cs", "csharp", "F#", "fs"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[
            quote("@\"", "\"", false, true),
            quote("$\"", "\"", true, false),
            DOUBLE,
            SINGLE,
        ],
        keywords: "abstract as async await base break case catch checked class const continue default delegate do else enum event explicit extern finally fixed for foreach fun get goto if implicit in init interface internal is let lock match member module mutable namespace new of open operator out override params partial private protected public readonly record ref required return sealed set sizeof stackalloc static struct switch then this throw try type typeof unchecked unsafe using var virtual volatile when where while with yield",
        types: "bool byte char decimal double dynamic float int long nint object sbyte short string uint ulong ushort void true false null",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["Go", "golang"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[DOUBLE, SINGLE, quote("`", "`", false, true)],
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map package range return select struct switch type var",
        types: "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr true false nil iota",
        ..NONE
    },
    Language {
        names: &["Swift", "dart"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[quote("\"\"\"", "\"\"\"", true, true), DOUBLE, SINGLE],
        keywords: "actor as associatedtype async await break case catch class const continue default defer deinit do else enum extends extension factory fallthrough fileprivate final for func get guard if implements import in init inout internal is late let mixin mutating nonisolated open operator override part private protocol public repeat required rethrows return self set some static struct subscript super switch throw throws try typealias var void weak where while with yield",
        types: "true false nil null Self",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["Ruby", "rb", "elixir", "ex", "exs", "crystal"],
        comments: &["#"],
        quotes: &[quote("\"\"\"", "\"\"\"", true, true), DOUBLE, SINGLE],
        keywords: "alias and begin break case class cond def defmodule defp do else elsif end ensure fn for if import in module next not or redo require rescue retry return self super then undef unless until use when while with yield",
        types: "true false nil attr_accessor attr_reader attr_writer puts raise",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["PHP", "perl", "pl"],
        comments: &["//", "#"],
        blocks: &[C_COMMENT],
        quotes: &[DOUBLE, SINGLE],
        keywords: "abstract and array as break case catch class clone const continue declare default do echo else elseif elsif enum extends final finally fn for foreach function global if implements include instanceof interface match my namespace new or our package print private protected public readonly require require_once return static sub switch throw trait try unless until use var while xor yield",
        types: "bool float int iterable mixed null object string true false void self parent",
        capitals: true,
        flavour: Flavour::Dollar,
        ..NONE
    },
    Language {
        names: &[
            "Shell",
            "sh",
            "bash",
            "zsh",
            "fish",
            "console",
            "shell-session",
            "terminal",
        ],
        comments: &["#"],
        quotes: &[quote("\"", "\"", true, true), quote("'", "'", false, true)],
        keywords: "alias break case cd continue do done echo elif else esac eval exec exit export fi for function if in local read return select set shift source sudo test then trap unset until while",
        types: "true false",
        flavour: Flavour::Dollar,
        ..NONE
    },
    Language {
        names: &["PowerShell", "ps1", "pwsh", "batch", "bat", "cmd"],
        comments: &["#", "REM "],
        blocks: &[("<#", "#>")],
        quotes: &[DOUBLE, SINGLE],
        keywords: "begin break catch class continue do dynamicparam else elseif end exit filter finally for foreach function if in param process return switch throw trap try until using while set call goto echo",
        types: "$true $false $null",
        any_case: true,
        flavour: Flavour::Dollar,
        ..NONE
    },
    Language {
        names: &[
            "SQL",
            "postgres",
            "postgresql",
            "psql",
            "sqlite",
            "mysql",
            "plpgsql",
        ],
        comments: &["--"],
        blocks: &[C_COMMENT],
        quotes: &[
            quote("'", "'", false, true),
            quote("\"", "\"", false, true),
            quote("$$", "$$", false, true),
        ],
        keywords: "add all alter analyze and as asc begin between by case cascade check column commit conflict constraint create cross cube database default delete desc distinct do drop else end except exists explain false fetch filter first following for foreign from full function grant group having if ilike in index inner insert intersect interval into is join key language last lateral left like limit lock materialized natural not nothing null nulls offset on or order outer over partition preceding primary procedure recursive references returning returns revoke right rollback row rows savepoint schema select set table temporary then to transaction trigger true truncate unbounded union unique update using vacuum values view when where window with within",
        types: "bigint bigserial blob boolean bytea char date decimal double float int integer json jsonb numeric precision real serial smallint text time timestamp timestamptz tsvector uuid varchar",
        any_case: true,
        ..NONE
    },
    Language {
        names: &["JSON", "jsonc", "json5", "jsonl", "ndjson"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[DOUBLE, SINGLE],
        types: "true false null",
        flavour: Flavour::Keys,
        ..NONE
    },
    Language {
        names: &["YAML", "yml"],
        comments: &["#"],
        quotes: &[DOUBLE, quote("'", "'", false, false)],
        types: "true false null yes no on off",
        flavour: Flavour::Keys,
        ..NONE
    },
    Language {
        names: &[
            "TOML",
            "ini",
            "conf",
            "cfg",
            "properties",
            "env",
            "dotenv",
            "editorconfig",
            "systemd",
        ],
        comments: &["#", ";"],
        quotes: &[
            quote("\"\"\"", "\"\"\"", true, true),
            DOUBLE,
            quote("'", "'", false, false),
        ],
        types: "true false inf nan",
        flavour: Flavour::Keys,
        ..NONE
    },
    Language {
        names: &[
            "HTML", "xml", "svg", "vue", "svelte", "xhtml", "plist", "rss",
        ],
        blocks: &[("<!--", "-->")],
        quotes: &[quote("\"", "\"", false, true), quote("'", "'", false, true)],
        flavour: Flavour::Markup,
        ..NONE
    },
    Language {
        names: &["CSS", "scss", "sass", "less"],
        comments: &["//"],
        blocks: &[C_COMMENT],
        quotes: &[DOUBLE, SINGLE],
        keywords: "important media supports keyframes import font-face layer container include mixin extend use forward if else for each while return function",
        types: "auto none inherit initial unset revert flex grid block inline absolute relative fixed sticky solid transparent currentcolor var calc min max clamp rgb rgba hsl url",
        flavour: Flavour::Keys,
        ..NONE
    },
    Language {
        names: &["Diff", "patch", "udiff"],
        flavour: Flavour::Diff,
        ..NONE
    },
    Language {
        names: &["Lua"],
        comments: &["--"],
        blocks: &[("--[[", "]]")],
        quotes: &[quote("[[", "]]", false, true), DOUBLE, SINGLE],
        keywords: "and break do else elseif end for function goto if in local not or repeat return then until while",
        types: "true false nil self",
        ..NONE
    },
    Language {
        names: &["Haskell", "hs", "elm", "purescript", "ocaml", "ml"],
        comments: &["--"],
        blocks: &[("{-", "-}"), ("(*", "*)")],
        quotes: &[DOUBLE],
        keywords: "and as begin case class data deriving do else end exposing family forall foreign fun function hiding if import in infix infixl infixr instance let match module newtype of open port rec then type val where with",
        types: "true false",
        capitals: true,
        ..NONE
    },
    Language {
        names: &["Dockerfile", "docker", "containerfile"],
        comments: &["#"],
        quotes: &[DOUBLE, SINGLE],
        keywords: "add arg as cmd copy entrypoint env expose from healthcheck label maintainer onbuild run shell stopsignal user volume workdir",
        any_case: true,
        flavour: Flavour::Dollar,
        ..NONE
    },
    Language {
        names: &["Make", "makefile", "mk", "cmake", "just", "justfile"],
        comments: &["#"],
        quotes: &[DOUBLE, SINGLE],
        keywords: "define else endef endfunction endif endmacro export foreach function if ifdef ifeq ifndef ifneq include macro override set target_link_libraries add_executable add_library",
        flavour: Flavour::Dollar,
        ..NONE
    },
    Language {
        names: &["Nix", "hcl", "terraform", "tf"],
        comments: &["#", "//"],
        blocks: &[C_COMMENT],
        quotes: &[quote("''", "''", false, true), DOUBLE],
        keywords: "assert data dynamic else for for_each if in inherit let locals module output provider rec resource terraform then variable with",
        types: "true false null bool list map number object string",
        flavour: Flavour::Keys,
        ..NONE
    },
];
