//! Formatting keeps comments.

use proptest::prelude::*;
use segue::syntax::{format_text, parse};

fn check(text: &str) -> String {
    let formatted = format_text(text).unwrap();
    assert_eq!(
        format_text(&formatted).unwrap(),
        formatted,
        "formatting `{text}` again"
    );
    assert_eq!(parse(&formatted).unwrap(), parse(text).unwrap());
    formatted
}

#[test]
fn comments_stay_where_they_are() {
    for text in [
        "a = 1",
        "a = 1 -- note",
        "-- above\na = 1 -- behind",
        "-- above\n-- and more\na = 1\n-- below",
        "a = 1 -- one\n  and b = 2 -- two",
        "a = 1\n  -- about b\n  and b = 2\n  and c = 3",
        "a = 1\n  or b = 2 -- two\n  or c = 3\n-- below",
    ] {
        assert_eq!(check(text), text);
    }
}

#[test]
fn comments_move_to_the_nearest_part() {
    assert_eq!(check("a=1 and -- one\nb=2"), "a = 1 -- one\n  and b = 2");
    assert_eq!(
        check("a=1 -- one\n-- two\nand b=2"),
        "a = 1 -- one\n  -- two\n  and b = 2"
    );
    assert_eq!(
        check("f( -- one\n b -- two\n -- three\n)"),
        "-- one\n-- three\nf(b) -- two"
    );
    assert_eq!(check("( -- one\n a and b )"), "-- one\na and b");
    assert_eq!(check("a = \"-- no comment\""), "a = \"-- no comment\"");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_comment_is_lost(pieces in prop::collection::vec((0usize..8, prop::bool::ANY), 1..12), or in prop::bool::ANY) {
        let mut text = String::new();
        for (at, (kind, alone)) in pieces.iter().enumerate() {
            if at > 0 {
                text.push_str(if or { " or " } else { " and " });
            }
            let comment = format!("{}-- c{at}\n", if *alone { "\n" } else { "" });
            let term = match kind {
                0 => format!("a{at}"),
                1 => format!("a{at} {comment}"),
                2 => format!("{comment} a{at}"),
                3 => format!("f( {comment} b )"),
                4 => format!("(a = 1 {comment} and b or c) {comment}"),
                5 => format!("not {comment} x"),
                6 => format!("{comment}{comment} x = \"-- s\""),
                _ => format!("x in (1, {comment} 2) within_x").replace(" within_x", ""),
            };
            text.push_str(&term);
        }
        let formatted = check(&text);
        prop_assert_eq!(formatted.matches("-- c").count(), text.matches("-- c").count());
    }
}
