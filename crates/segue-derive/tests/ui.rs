//! What the derive macros say of mistakes, and that what they write stands on its own.
//!
//! The expected messages stand beside each case in `ui/*.stderr`; `TRYBUILD=overwrite cargo test -p segue-derive` renews them.

#[test]
fn mistakes_are_told_in_words_of_their_author_and_all_at_once() {
    trybuild::TestCases::new().compile_fail("tests/ui/mistakes/*.rs");
}

#[test]
fn derived_code_needs_nothing_in_scope() {
    trybuild::TestCases::new().pass("tests/ui/hygiene.rs");
}
