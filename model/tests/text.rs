//! What a text holds: people, rooms, addresses; the same for the mark on the screen, the count and the notification.

#![allow(clippy::unwrap_used)]

use model::text::{Address, Names, Piece, mentioned, pieces, plain};
use model::{RoomId, UserId};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

const NAMES: [&str; 7] = [
    "ada",
    "Ada Lovelace",
    "grace",
    "O'Neil",
    "Éva",
    "snake_case",
    "李小龍",
];

fn people() -> Names<UserId> {
    Names::new(NAMES.into_iter().zip(1..).map(|(name, n)| (name, user(n))))
}

fn named(body: &str) -> Vec<&'static str> {
    let found = mentioned(body, &people());
    let mut names: Vec<_> = found
        .people
        .iter()
        .map(|id| NAMES[usize::try_from(id.0.as_u128()).unwrap() - 1])
        .collect();
    if found.everyone {
        names.push("everyone");
    }
    names
}

#[rstest]
#[case("@ada", &["ada"])]
#[case("hello @ADA, look", &["ada"])]
#[case("(@ada) *@grace* **@Éva**", &["ada", "grace", "Éva"])]
#[case("@Ada Lovelace wrote it", &["Ada Lovelace"])]
#[case("@Ada Love wrote it", &["ada"])]
#[case("@ada lovelaces", &["ada"])]
#[case("@o'neil's turn", &["O'Neil"])]
#[case("@snake_case and @snake\\_case", &["snake_case"])]
#[case("@李小龍 早", &["李小龍"])]
#[case("@adam @gracefully", &[])]
#[case("ada@example.org, x@grace", &[])]
#[case("https://example.org/@ada", &[])]
#[case("<https://example.org/@ada> [@grace](https://example.org)", &[])]
#[case("`@ada` ``x ` @grace``", &[])]
#[case("```\n@ada\n```\n@grace", &["grace"])]
#[case("    @ada in indented code", &[])]
#[case("> @ada in a quote", &["ada"])]
#[case("- @ada\n- @grace", &["ada", "grace"])]
#[case("| a |\n|---|\n| @ada |", &["ada"])]
#[case("<b>@ada</b>", &["ada"])]
#[case("<div>\n@ada\n</div>", &["ada"])]
#[case("@everyone", &["everyone"])]
#[case("@Room: dinner", &["everyone"])]
#[case("@roommates @everyone2", &[])]
#[case("\\@ada", &["ada"])]
#[case("@a\u{200b}da", &[])]
fn a_text_names(#[case] body: &str, #[case] expected: &[&str]) {
    assert_eq!(named(body), expected, "{body}");
}

#[test]
fn a_person_who_is_called_everyone_comes_before_the_word() {
    let people = Names::new([("Everyone", user(1))]);
    let found = mentioned("@everyone", &people);
    assert!(!found.everyone && found.is(user(1)) && !found.is(user(2)));
}

#[rstest]
#[case("https://example.org", Some(("https://example.org", Some("example.org"))))]
#[case("HTTP://Example.ORG:80/a?b#c", Some(("http://Example.ORG:80/a?b#c", Some("example.org"))))]
#[case("https://good.example@evil.example/", Some(("https://good.example@evil.example/", Some("evil.example"))))]
#[case("https://bücher.example/", Some(("https://bücher.example/", Some("xn--bcher-kva.example"))))]
#[case("https://аррӏе.com", Some(("https://аррӏе.com", Some("xn--80ak6aa92e.com"))))]
#[case("https://他们为什么不说中文.example", Some(("https://他们为什么不说中文.example", Some("xn--ihqwcrb4cv8a8dqg056pqjye.example"))))]
#[case("https://[::1]:8080/x", Some(("https://[::1]:8080/x", Some("[::1]"))))]
#[case("mailto:ada@example.org?subject=x", Some(("mailto:ada@example.org?subject=x", None)))]
#[case("amend://relay.example/room/1", Some(("amend://relay.example/room/1", None)))]
#[case("javascript:alert(1)", None)]
#[case("JaVaScRiPt:alert(1)", None)]
#[case("java\nscript:alert(1)", None)]
#[case("data:text/html,<script>alert(1)</script>", None)]
#[case("file:///etc/passwd", None)]
#[case("vbscript:x", None)]
#[case("tauri://localhost", None)]
#[case("https:example.org", None)]
#[case("https:\\\\example.org", None)]
#[case("https://good.example\\@evil.example", None)]
#[case("https://exa\u{202e}mple.org", None)]
#[case("https://exa mple.org", None)]
#[case("https://", None)]
#[case("https://x:port/", None)]
#[case("/relative", None)]
#[case("mailto:", None)]
fn an_address_may_be_opened_or_not(
    #[case] written: &str,
    #[case] expected: Option<(&str, Option<&str>)>,
) {
    let address = Address::new(written);
    let found = address.as_ref().map(|a| (a.href(), a.host()));
    assert_eq!(found, expected);
}

#[rstest]
#[case("here", "https://example.org", None)]
#[case("example.org/x", "https://www.example.org/y", None)]
#[case("https://bank.example", "https://evil.example", Some("evil.example"))]
#[case("bank.example", "https://evil.example", Some("evil.example"))]
#[case(
    "www.bank.example",
    "https://bank.example.evil.example",
    Some("bank.example.evil.example")
)]
#[case(
    "https://bank.example@evil.example",
    "https://bank.example@evil.example",
    Some("evil.example")
)]
#[case("https://аррӏе.com", "https://аррӏе.com", Some("xn--80ak6aa92e.com"))]
#[case("report.pdf", "https://example.org", Some("example.org"))]
#[case("version 1.2", "https://example.org", None)]
fn a_link_that_deceives_says_where_it_leads(
    #[case] text: &str,
    #[case] href: &str,
    #[case] expected: Option<&str>,
) {
    assert_eq!(Address::new(href).unwrap().warning(text), expected);
}

fn addresses(run: &str) -> Vec<&str> {
    pieces(run, None, None)
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Address(text, _) => Some(text),
            _ => None,
        })
        .collect()
}

#[rstest]
#[case("see https://example.org/a.", &["https://example.org/a"])]
#[case("(https://en.wikipedia.org/wiki/Rust_(language))", &["https://en.wikipedia.org/wiki/Rust_(language)"])]
#[case("www.example.org, www.", &["www.example.org"])]
#[case("xhttps://example.org", &[])]
#[case("mailto:ada@example.org!", &["mailto:ada@example.org"])]
#[case("“https://a.example/?q=1&r=2”", &["https://a.example/?q=1&r=2"])]
#[case("https:// nothing http://", &[])]
fn addresses_that_are_written_out_are_found(#[case] run: &str, #[case] expected: &[&str]) {
    assert_eq!(addresses(run), expected);
}

#[test]
fn a_room_is_known_by_its_name() {
    let id = RoomId(Uuid::from_u128(1));
    let rooms = Names::new([("General talk", id)]);
    let run = "in #general talk, not in #general or issue#general talk";
    let found: Vec<_> = pieces(run, None, Some(&rooms))
        .into_iter()
        .filter(|piece| !matches!(piece, Piece::Plain(_)))
        .collect();
    assert_eq!(found, [Piece::Room("#general talk", id)]);
}

#[rstest]
#[case("**bold** and `code`\nnext", 80, "bold and code next")]
#[case("# Title\n\n- one\n- two", 80, "Title one two")]
#[case("a*b*c [link](https://example.org)", 80, "abc link")]
#[case("12345678", 4, "1234…")]
#[case("<b>x</b>", 80, "<b>x</b>")]
fn a_text_without_its_marks(#[case] body: &str, #[case] most: usize, #[case] expected: &str) {
    assert_eq!(plain(body, most), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever is written: cut into pieces, nothing is lost and nothing is added.
    #[test]
    fn pieces_are_the_run(run in "([@#a-z0 ./:h]|ada|@Ada Lovelace|https://|www\\.|\\PC){0,60}") {
        let joined: String = pieces(&run, Some(&people()), None).iter().map(Piece::text).collect();
        prop_assert_eq!(joined, run);
    }

    /// A name between blanks is always a mention, whatever stands around it; in a code span never.
    #[test]
    fn a_name_in_prose_counts_and_in_code_does_not(before in "[a-z ,.é]{0,20}", after in "[a-z ,.é]{0,20}", n in 0..7_usize) {
        let name = NAMES[n];
        let prose = format!("x{before} @{name} . {after}");
        prop_assert!(named(&prose).contains(&name), "{}", prose);
        let code = format!("x{before} `@{name}` {after}");
        prop_assert!(!named(&code).contains(&name), "{}", code);
    }

    /// No address leads anywhere but to the four schemes, or holds what can't be seen.
    #[test]
    fn an_address_is_of_a_known_kind(written in "(javascript|data|http|https|mailto|amend|file|[a-z]{1,6}|\\PC|\u{202e}|\n){1,3}:(//)?\\PC{0,20}") {
        if let Some(address) = Address::new(&written) {
            let known = ["http://", "https://", "mailto:", "amend://"];
            prop_assert!(known.iter().any(|start| address.href().starts_with(start)), "{:?}", address);
            let hidden = |c: char| c.is_control() || c == '\u{202e}' || c == '\\';
            let hides = address.href().chars().any(hidden);
            prop_assert!(!hides, "{:?}", address);
            prop_assert!(address.host().is_none_or(str::is_ascii));
        }
    }
}
