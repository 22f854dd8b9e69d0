//! The choice between channels: what a message on each is expected to be worth, compared exactly.

use crate::value::Decimal;
use std::cmp::Ordering;

/// Places after the decimal point of an amount.
const SCALE: u8 = 6;

/// A sum of money in millionths: not negative, and less than a thousand million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Amount(i64);

impl Amount {
    const LIMIT: i64 = 1_000_000_000 * 1_000_000;

    /// `None` if it is negative, has more than six places, or is too large.
    pub(crate) fn of(number: Decimal) -> Option<Self> {
        let millionths = number.normalized().rescale(SCALE)?.mantissa();
        let is_amount = (0..Self::LIMIT).contains(&millionths);
        is_amount.then_some(Amount(millionths))
    }

    pub(crate) fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub(crate) fn decimal(self) -> Decimal {
        Decimal::new(self.0, SCALE).normalized()
    }
}

/// How channels are compared for whoever gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChoiceRules {
    /// What a reaction is worth.
    pub(crate) worth: Amount,
    pub(crate) prior: Prior,
}

/// What is taken for known of those of whom nothing is: so many reactions to so many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prior {
    pub(crate) reacted: u32,
    /// At least 1.
    pub(crate) of: u32,
}

/// What came of the messages on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) reacted: u64,
    pub(crate) sent: u64,
}

impl ChoiceRules {
    /// What a message on a channel is expected to be worth: the share of messages that are reacted to, estimated as the mean of the
    /// beta distribution that the prior becomes by what was seen, times the worth of a reaction, less the cost.
    pub(crate) fn expected(&self, response: Response, cost: Amount) -> ExpectedWorth {
        // More events than this do not fit into memory.
        let count = |n: u64| i128::from(n.min(u64::from(u32::MAX)));
        let reacted = count(response.reacted) + i128::from(self.prior.reacted);
        let of = (count(response.sent) + i128::from(self.prior.of)).max(1);
        ExpectedWorth {
            numerator: i128::from(self.worth.0) * reacted - i128::from(cost.0) * of,
            denominator: of,
        }
    }
}

/// A fraction of millionths. The numerator is below 2^83 and the denominator at most 2^33, so that products of the two fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedWorth {
    numerator: i128,
    /// Positive.
    denominator: i128,
}

impl ExpectedWorth {
    /// Rounded to millionths, halves away from zero.
    pub(crate) fn rounded(self) -> Decimal {
        let doubled = 2 * self.numerator.abs() + self.denominator;
        let rounded = doubled / (2 * self.denominator) * self.numerator.signum();
        let most = if rounded < 0 { i64::MIN } else { i64::MAX };
        Decimal::new(i64::try_from(rounded).unwrap_or(most), SCALE).normalized()
    }
}

impl Ord for ExpectedWorth {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.numerator * other.denominator).cmp(&(other.numerator * self.denominator))
    }
}

impl PartialOrd for ExpectedWorth {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ExpectedWorth {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ExpectedWorth {}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Amount {
        Amount::of(text.parse().unwrap()).unwrap()
    }

    fn rules(worth: &str, reacted: u32, of: u32) -> ChoiceRules {
        let (worth, prior) = (amount(worth), Prior { reacted, of });
        ChoiceRules { worth, prior }
    }

    fn expected(rules: ChoiceRules, reacted: u64, sent: u64, cost: &str) -> ExpectedWorth {
        rules.expected(Response { reacted, sent }, amount(cost))
    }

    /// Of nobody known, 2.00 * 1/20 - 0.07 = 0.03; after one reaction to four messages 2.00 * 2/24 - 0.07.
    #[test]
    fn worth_is_the_share_that_reacts_times_the_worth_of_a_reaction_less_the_cost() {
        let rules = rules("2.00", 1, 20);
        let told = |reacted, sent| expected(rules, reacted, sent, "0.07").rounded().to_string();
        assert_eq!(told(0, 0), "0.03");
        assert_eq!(told(1, 4), "0.096667");
        assert_eq!(told(0, 80), "-0.05");
    }

    /// One third of messages, in other numbers; and as little more than that as there can be.
    #[test]
    fn what_is_equal_is_equal() {
        let rules = rules("0.3", 0, 1);
        assert_eq!(expected(rules, 1, 2, "0"), expected(rules, 2, 5, "0"));
        assert!(expected(rules, 333_333, 999_998, "0") == expected(rules, 1, 2, "0"));
        assert!(expected(rules, 333_334, 1_000_000, "0") > expected(rules, 1, 2, "0"));
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let told = |numerator, denominator| {
            let worth = ExpectedWorth {
                numerator,
                denominator,
            };
            worth.rounded().to_string()
        };
        assert_eq!(told(1, 2), "0.000001");
        assert_eq!(told(-1, 2), "-0.000001");
        assert_eq!(told(3, 7), "0");
        assert_eq!(told(4, 7), "0.000001");
        assert_eq!(told(-4, 7), "-0.000001");
        assert_eq!(told(5, 4), "0.000001");
    }

    #[test]
    fn amounts_have_six_places_and_a_limit() {
        assert_eq!(amount("0.0700").decimal().to_string(), "0.07");
        assert_eq!(
            amount("999999999.999999").decimal().to_string(),
            "999999999.999999"
        );
        for wrong in ["-0.01", "0.0000001", "1000000000"] {
            assert_eq!(Amount::of(wrong.parse().unwrap()), None, "{wrong}");
        }
    }

    /// Whether `a/b < c/d`, by continued fractions: without products.
    fn is_less(a: i128, b: i128, c: i128, d: i128) -> bool {
        let (whole, other) = (a.div_euclid(b), c.div_euclid(d));
        let (rest, rest_of_other) = (a.rem_euclid(b), c.rem_euclid(d));
        match whole.cmp(&other) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal if rest_of_other == 0 => false,
            Ordering::Equal if rest == 0 => true,
            Ordering::Equal => is_less(d, rest_of_other, b, rest),
        }
    }

    proptest! {
        /// Also of the greatest numbers that there may be.
        #[test]
        fn fractions_are_compared_as_by_continued_fractions(
            worth in 1..Amount::LIMIT, costs in prop::array::uniform2(0..Amount::LIMIT),
            reacted in prop::array::uniform2(prop_oneof![0..5_u64, any::<u64>()]),
            sent in prop::array::uniform2(prop_oneof![0..5_u64, any::<u64>()]),
            prior in (any::<u32>(), 1..=u32::MAX),
        ) {
            let rules = ChoiceRules { worth: Amount(worth), prior: Prior { reacted: prior.0, of: prior.1 } };
            let of = |i: usize| rules.expected(Response { reacted: reacted[i], sent: sent[i] }, Amount(costs[i]));
            let (a, b) = (of(0), of(1));
            let less = is_less(a.numerator, a.denominator, b.numerator, b.denominator);
            let greater = is_less(b.numerator, b.denominator, a.numerator, a.denominator);
            prop_assert_eq!(a.cmp(&b), less.cmp(&false).reverse().then(greater.cmp(&false)));
        }

        /// One more reaction never makes a channel worth less, one more message without any never more.
        #[test]
        fn reactions_speak_for_a_channel(
            reacted in 0..100_u64, sent in 0..100_u64, cost in 0..1_000_000_i64, prior in (0..30_u32, 1..30_u32),
        ) {
            let rules = ChoiceRules { worth: Amount(2_000_000), prior: Prior { reacted: prior.0, of: prior.1 } };
            let of = |reacted, sent| rules.expected(Response { reacted, sent }, Amount(cost));
            prop_assert!(of(reacted + 1, sent) > of(reacted, sent));
            prop_assert!(of(reacted, sent + 1) <= of(reacted, sent));
        }
    }
}
