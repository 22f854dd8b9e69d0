//! Rule files with triggers and what they say of sending: that what is right loads, in every format.

#![cfg(all(feature = "toml", feature = "yaml"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::Rulebook;
use segue::rulebook::{Format, RulebookDocument};

const SHOP: &str = include_str!("triggers/shop.toml");

fn shop() -> Rulebook {
    Rulebook::from_toml(SHOP).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_form_of_trigger_loads_without_a_word() {
    let book = shop();
    assert!(book.warnings().is_empty(), "{:?}", book.warnings());
    assert_eq!(book.channels().collect::<Vec<_>>(), ["email", "sms"]);
    assert_eq!(
        book.messages().collect::<Vec<_>>(),
        ["abandoned_cart", "birthday_card", "digest", "order_confirmation", "winback_coupon", "winback_sms"]
    );
}

/// Priority goes first; among equals the order of the file, which is not that of the alphabet.
#[test]
fn triggers_fire_by_priority_and_then_as_they_are_declared() {
    let names = [
        "confirm",
        "winback",
        "abandoned",
        "welcome_back",
        "birthday",
        "renewal",
        "digest",
        "payday",
        "vip",
        "farewell",
        "moved",
        "second_order",
    ];
    assert_eq!(shop().triggers().collect::<Vec<_>>(), names);
    let json = serde_json::to_string(shop().document()).unwrap();
    let again = Rulebook::loader().load(Format::Json, &json).unwrap();
    assert_eq!(again.triggers().collect::<Vec<_>>(), names);
    assert_eq!(again.document(), shop().document());
}

#[test]
fn a_document_is_written_as_it_was_read() {
    let document: RulebookDocument = toml::from_str(SHOP).unwrap();
    let written: RulebookDocument = toml::from_str(&toml::to_string(&document).unwrap()).unwrap();
    assert_eq!(document, written);
}

#[test]
fn one_message_can_be_several_shares() {
    let book = |split: &str| {
        Rulebook::from_toml(&format!(
            "schema.events.visited = {{}}\ntriggers.visit = {{ on = \"visited\", split = {split}, do = [{{ call = \"log\" }}] }}"
        ))
    };
    for split in ["{ a = 50, b = 50 }", "{ a = 0.5, b = \"99.5%\" }", "{ a = \"33.3333\" }", "{ a = 100 }"] {
        assert!(book(split).is_ok(), "{split}");
    }
    for split in ["{ a = 50, b = 50.0001 }", "{ a = 0 }", "{ a = 0.00001 }", "{ a = \"half\" }", "{ a = 101 }"] {
        let error = book(split).unwrap_err();
        assert_eq!(error.findings()[0].diagnostic.code, "E0311", "{split}");
    }
}
