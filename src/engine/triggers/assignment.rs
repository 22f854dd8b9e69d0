//! Random assignment by a hash of salt and profile id: control groups, and the variants of a trigger.
//!
//! The hash is that of `in sample(…)`: nobody has to be remembered, and an expression can ask who is in a group.

use crate::eval::cond::sample::sample;
use crate::profile::Identifier;
use crate::rule::sending::{Draw, Share};
use crate::rule::trigger::Split;

/// Positions lie below this.
const POSITIONS: u64 = 1 << 32;

/// The positions of a share are those below.
fn below(share: Share) -> u64 {
    (u64::from(share.0) * POSITIONS).div_ceil(u64::from(Share::WHOLE.0))
}

/// Whether a profile is in a group.
pub(crate) fn is_in(group: &Draw, id: Identifier<'_>) -> bool {
    sample(&group.salt, id) < below(group.share)
}

/// The number of the variant that a profile is assigned to; `None` if it is in none.
///
/// The last variant takes its share from the top, the others take theirs one above the other from the bottom, so that a
/// share that grows takes from those who are in no variant: with shares of 20, 30 and 10 percent, the positions up to 20 are
/// the first variant's, those up to 50 the second's, those from 90 on the third's. Only a variant that lies below another,
/// of three or more, moves the one above.
pub(crate) fn variant(split: &Split, id: Identifier<'_>) -> Option<usize> {
    let position = sample(&split.salt, id);
    let mut sum = Share::default();
    let (last, lower) = split.variants.split_last()?;
    for (i, (_, share)) in lower.iter().enumerate() {
        sum.0 = sum.0.saturating_add(share.0);
        if position < below(sum) {
            return Some(i);
        }
    }
    (position >= POSITIONS.saturating_sub(below(last.1))).then_some(lower.len())
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::*;

    fn split(shares: &[u32]) -> Split {
        let variants = shares
            .iter()
            .enumerate()
            .map(|(i, share)| (i.to_string().into(), Share(share * 10_000)));
        Split {
            salt: "winback/split".into(),
            variants: variants.collect(),
        }
    }

    fn drawn(split: &Split) -> Vec<Option<usize>> {
        (0..20_000)
            .map(|n| variant(split, Identifier::Text(&format!("customer-{n}"))))
            .collect()
    }

    /// How many percent each variant gets, and none.
    fn percent(split: &Split) -> Vec<f64> {
        let drawn = drawn(split);
        let groups = (0..split.variants.len()).map(Some).chain([None]);
        groups
            .map(|group| {
                drawn.iter().filter(|d| **d == group).count() as f64 * 100.0 / drawn.len() as f64
            })
            .collect()
    }

    #[test]
    fn shares_are_kept() {
        for shares in [
            vec![50, 50],
            vec![10, 10],
            vec![100],
            vec![20, 30, 40],
            vec![1, 98],
        ] {
            let rest = 100 - shares.iter().sum::<u32>();
            for (found, wanted) in percent(&split(&shares))
                .iter()
                .zip(shares.iter().chain([&rest]))
            {
                assert!(
                    (found - f64::from(*wanted)).abs() < 1.2,
                    "{shares:?}: {found} for {wanted}"
                );
            }
        }
    }

    /// Who is in a variant stays there when either share grows.
    #[test]
    fn two_variants_grow_without_exchanging_anybody() {
        let steps = [[5, 5], [10, 5], [10, 20], [30, 20], [50, 50]];
        for pair in steps.windows(2) {
            let (before, after) = (drawn(&split(&pair[0])), drawn(&split(&pair[1])));
            for (before, after) in before.iter().zip(&after) {
                assert!(
                    before.is_none() || before == after,
                    "{pair:?}: {before:?} became {after:?}"
                );
            }
        }
    }

    #[test]
    fn of_three_variants_the_last_two_grow_freely() {
        let before = drawn(&split(&[20, 10, 10]));
        for shares in [[20, 30, 10], [20, 10, 30], [20, 40, 40]] {
            for (before, after) in before.iter().zip(drawn(&split(&shares))) {
                assert!(before.is_none() || *before == after, "{shares:?}");
            }
        }
    }

    #[test]
    fn nobody_is_left_out_of_a_whole() {
        for shares in [vec![50, 50], vec![100], vec![33, 33, 34]] {
            assert!(
                drawn(&split(&shares)).iter().all(Option::is_some),
                "{shares:?}"
            );
        }
    }

    /// The draw is the sample that expressions ask for.
    #[test]
    fn a_control_group_is_a_sample() {
        use crate::profile::{Model, Record};
        let schema = crate::Schema::default();
        let rule = crate::Rule::check("in sample(12.5%, \"2026\")", &schema).unwrap();
        let matcher = rule.bind(&Model::for_schema(&schema)).unwrap();
        let draw = Draw {
            salt: "2026".into(),
            share: Share(125_000),
        };
        let mut taken = 0;
        for n in 0..4_000 {
            let record = Record::builder(&schema, n.to_string()).build().unwrap();
            let takes = is_in(&draw, Identifier::Number(n));
            assert_eq!(takes, is_in(&draw, Identifier::Text(&n.to_string())));
            assert_eq!(
                takes,
                matcher.holds(&record, crate::Instant::from_micros(0))
            );
            taken += i32::from(takes);
        }
        assert!((400..600).contains(&taken), "{taken}");
    }

    #[test]
    fn other_salts_draw_others() {
        let (a, b) = (
            split(&[50]),
            Split {
                salt: "summer/split".into(),
                ..split(&[50])
            },
        );
        let both = drawn(&a)
            .iter()
            .zip(drawn(&b))
            .filter(|(a, b)| a.is_some() && b.is_some())
            .count();
        assert!((4_700..5_300).contains(&both), "{both} of 20,000");
    }
}
