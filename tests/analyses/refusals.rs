use crate::data::{SCHEMA, load};

/// What is wrong is told with its place and what to write.
#[test]
fn what_makes_no_sense_is_refused() {
    let cases = [
        ("heat = 'visited within 3 days'", "leave the window out"),
        (
            "retention = { first = 'purchased', periods = 0 }",
            "write `periods = 6`",
        ),
        (
            "retention = { first = 'purchased', per = 'fortnight' }",
            "`fortnight` is not a value of `per`",
        ),
        ("series = []", "a series has 1 to 20 figures, not 0"),
        (
            "series = ['count(purchased) + max(purchased.amount)']",
            "`max` is not counted by calendar periods",
        ),
        (
            "series = ['purchased']",
            "`purchased` is not counted by calendar periods",
        ),
        (
            "series = ['3 + 4']",
            "this is the same number in every period",
        ),
        ("series = ['people(nothing)']", "nothing"),
        (
            "series = ['count(purchased)', 'count(visited)']\nby = 'purchased.amount'",
            "`visited` has no property `amount`",
        ),
        (
            "series = ['count(purchased)']\nby = 'purchased.amount'",
            "make classes of it: a trait with `cases`, or a score",
        ),
        (
            "series = ['count(purchased)']\nwithin = '3 days'",
            "`within` beside `series` says nothing",
        ),
        (
            "heat = 'visited'\nper = 'week'",
            "`per` beside `heat` says nothing",
        ),
        (
            "repurchase = { of = 'purchased', within = [] }",
            "write `within = [\"30 days\"]`",
        ),
        (
            "repurchase = { of = 'purchased', within = ['soon'] }",
            "`soon` is not a duration",
        ),
        (
            "repurchase = { of = 'purchased', within = ['1 day'], same = 'order' }",
            "there is no `less`",
        ),
        (
            "repurchase = { of = 'purchased', within = ['1 day'], less = 'returned', same = 'page' }",
            "`purchased` has no property `page`",
        ),
        ("orders = { of = 'purchased' }", "purchased"),
        (
            "orders = { of = 'purchased.amount', by = 'gender', source = { of = 'visited.source' } }",
            "leave one of them out",
        ),
        (
            "orders = { of = 'purchased.amount', source = { of = 'visited' } }",
            "write `visited.source`",
        ),
        (
            "orders = { of = 'purchased.amount', source = { of = 'visited.source', credit = 'each' } }",
            "`each` is not a value of `credit`",
        ),
        ("spread = []", "write `spread = [\"gender\", \"tags\"]`"),
        ("spread = ['hair']", "hair"),
        (
            "spread = ['sum(purchased.amount)']",
            "hardly two people have the same value",
        ),
        (
            "together = { of = 'visited', with = 'purchased', within = '0 days' }",
            "a duration of nothing has no effect",
        ),
        (
            "rfm = { recency = 'r', frequency = 'f', monetary = 'm' }",
            "there is no score `r`",
        ),
    ];
    for (table, expected) in cases {
        let text = format!(
            "{}\n[reports.r]\n{table}\n",
            SCHEMA.replace("WEEK", "monday")
        );
        let error = load(&text)
            .err()
            .unwrap_or_else(|| panic!("accepted: {table}"));
        assert!(error.contains(expected), "{table}: {error}");
        assert!(error.contains("reports.r"), "{table}: {error}");
    }
}
