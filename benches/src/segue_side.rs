//! segue's side of the comparison. **To be filled** once the library can parse, check and evaluate.
//!
//! The rules stand here in segue's language. What is missing, and where each piece goes:
//!
//! 1. `segue = { path = ".." }` in `benches/Cargo.toml`.
//! 2. In `customer.rs`: derive (or implement) segue's traits for [`Customer`](crate::customer::Customer) and
//!    [`Activity`](crate::customer::Activity), to be read in place. `spend` and `amount` are cents in the structs and
//!    `decimal(2)` in the rules; `viewed` and `purchased` are the kinds, `category` the subject of both, `amount` a
//!    property of `purchased`. No attribute may be missing, so that no lint fires.
//! 3. Here: the schema, and a function from a rule's text to the compiled rule.
//! 4. In `benches/evaluate.rs`, three times: a row named [`SEGUE`](crate::board::SEGUE), after the hand-written ones,
//!    where it says `segue: here`. A row's closure owns what it uses or borrows what was
//!    [kept](crate::board::keep): `let rule = keep(compiled(VIEWERS)); comparison.row(SEGUE, &expected, move ||
//!    rule.evaluate(black_box(customer), black_box(NOW)).holds)`. If the library can be asked for the bare answer too,
//!    time that as `SEGUE` and the whole verdict as `segue, until`.
//! 5. In `benches/window.rs` the same with [`WINDOW`], over a timeline of purchases at the instants given; in
//!    `benches/parse.rs` and `benches/check_compile.rs` a `row_of_work` each (`row_of_consuming_work` if a stage takes
//!    its tree by value), with [`text_of`].

/// segue's text of a rule, by the name that the benches give it.
#[must_use]
pub fn text_of(rule: &str) -> &'static str {
    match rule {
        "viewers" => VIEWERS,
        "newsletter" => NEWSLETTER,
        _ => BUYERS,
    }
}

/// Rule A: a few cheap terms, one of them over events.
pub const VIEWERS: &str = r#"age > 50 and viewed("anti-aging") and frequency = frequent"#;

/// Rule B: twelve terms over eleven attributes.
pub const NEWSLETTER: &str = r#"country in ("AT", "BE", "CH", "DE", "FR", "IT", "LU", "NL")
  and (language = "de" or language = "fr")
  and gender = female
  and age between 30 and 64
  and tier in (silver, gold, platinum)
  and frequency in (frequent, loyal, vip)
  and (plan = "plus" or spend >= 250)
  and orders between 3 and 40
  and email_consent
  and city not in ("Berlin", "Paris", "Wien")"#;

/// Rule C: a count of events in a window.
pub const BUYERS: &str = r#"count(purchased("anti-aging", amount > 20) within 180 days) >= 2"#;

/// The window of the bench `window`, over a timeline of purchases.
pub const WINDOW: &str = "count(purchased within 30 days) >= 4";
