//! Rule files with triggers and what they say of sending: that what is right loads, in every format.

#![cfg(all(feature = "toml", feature = "yaml"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use segue::Rulebook;
use segue::rulebook::{Format, RulebookDocument};

const SHOP: &str = include_str!("trigger_files/shop.toml");

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
        [
            "abandoned_cart",
            "birthday_card",
            "digest",
            "order_confirmation",
            "winback_coupon",
            "winback_sms"
        ]
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
    for split in [
        "{ a = 50, b = 50 }",
        "{ a = 0.5, b = \"99.5%\" }",
        "{ a = \"33.3333\" }",
        "{ a = 100 }",
    ] {
        assert!(book(split).is_ok(), "{split}");
    }
    for split in [
        "{ a = 50, b = 50.0001 }",
        "{ a = 0 }",
        "{ a = 0.00001 }",
        "{ a = \"half\" }",
        "{ a = 101 }",
    ] {
        let error = book(split).unwrap_err();
        assert_eq!(error.findings()[0].diagnostic.code, "E0311", "{split}");
    }
}

/// A fix of what a trigger waits for mends it.
#[test]
fn fixes_of_occasions_mend() {
    let text = include_str!("mistakes/rulebooks/triggers.toml");
    let findings = |document: RulebookDocument| match Rulebook::loader().load_document(document) {
        Ok(book) => book.warnings().to_vec(),
        Err(error) => error.findings().to_vec(),
    };
    let document: RulebookDocument = toml::from_str(text).unwrap();
    let mut mended = 0;
    for finding in findings(document.clone()) {
        let Some(fix) = finding
            .diagnostic
            .fix
            .filter(|_| finding.key.ends_with(".on"))
        else {
            continue;
        };
        let name = finding.key.split('.').nth(1).unwrap();
        let mut document = document.clone();
        let on = &mut document.triggers.get_mut(name).unwrap().on;
        on.replace_range(
            fix.span.start as usize..fix.span.end as usize,
            &fix.replacement,
        );
        let on = on.clone();
        let left = findings(document)
            .into_iter()
            .find(|left| left.key == finding.key);
        // Where the verb is mended, the lifecycle is still to be said.
        let mended_all =
            left.is_none_or(|left| left.diagnostic.message != finding.diagnostic.message);
        assert!(mended_all, "{name}: {on}");
        mended += 1;
    }
    assert!(mended >= 12, "{mended}");
}
