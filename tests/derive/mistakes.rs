//! What the derive macros say of mistakes.
//!
//! The expected messages stand beside each case in `mistakes/*.stderr`; `TRYBUILD=overwrite` renews them.

#[test]
fn mistakes_are_told_in_words_of_their_author_and_all_at_once() {
    trybuild::TestCases::new().compile_fail("tests/derive/mistakes/*.rs");
}
