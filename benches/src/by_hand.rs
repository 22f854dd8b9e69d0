//! The rules as a programmer would write them into the service: the mark to be measured against.
//!
//! None is inlined where it is called: a rule that decides something is a function of its own.

use crate::customer::{Activity, ActivityKind, Customer, DAY, Frequency, Gender, Tier};

/// Rule A: `age > 50 and viewed("anti-aging") and frequency = frequent`.
#[inline(never)]
#[must_use]
pub fn viewers(customer: &Customer) -> bool {
    customer.age > 50
        && customer
            .events
            .iter()
            .any(|event| event.kind == ActivityKind::Viewed && event.category == "anti-aging")
        && customer.frequency == Frequency::Frequent
}

/// Rule B: twelve terms over eleven attributes.
#[inline(never)]
#[must_use]
pub fn newsletter(customer: &Customer) -> bool {
    matches!(
        customer.country.as_str(),
        "AT" | "BE" | "CH" | "DE" | "FR" | "IT" | "LU" | "NL"
    ) && (customer.language == "de" || customer.language == "fr")
        && customer.gender == Gender::Female
        && (30..=64).contains(&customer.age)
        && matches!(customer.tier, Tier::Silver | Tier::Gold | Tier::Platinum)
        && matches!(
            customer.frequency,
            Frequency::Frequent | Frequency::Loyal | Frequency::Vip
        )
        && (customer.plan == "plus" || customer.spend >= 25_000)
        && (3..=40).contains(&customer.orders)
        && customer.email_consent
        && !matches!(customer.city.as_str(), "Berlin" | "Paris" | "Wien")
}

/// Rule C: `count(purchased("anti-aging", amount > 20) within 180 days) >= 2`.
#[inline(never)]
#[must_use]
pub fn buyers(customer: &Customer, now: i64) -> bool {
    let since = now - 180 * DAY;
    customer
        .events
        .iter()
        .filter(|event| (since..=now).contains(&event.at) && is_sought(event))
        .count()
        >= 2
}

/// Rule C again, by someone who knows that the events are kept in order and that two are enough.
#[inline(never)]
#[must_use]
pub fn buyers_newest_first(customer: &Customer, now: i64) -> bool {
    let since = now - 180 * DAY;
    customer
        .events
        .iter()
        .rev()
        .skip_while(|event| event.at > now)
        .take_while(|event| event.at >= since)
        .filter(|event| is_sought(event))
        .nth(1)
        .is_some()
}

/// The purchases that rule C counts.
fn is_sought(event: &Activity) -> bool {
    event.kind == ActivityKind::Purchased && event.amount > 2_000 && event.category == "anti-aging"
}

/// How many of the instants lie in `since..=now`, by two binary searches; the instants are in order.
#[inline(never)]
#[must_use]
pub fn count_by_search(instants: &[i64], since: i64, now: i64) -> usize {
    let end = instants.partition_point(|at| *at <= now);
    let start = instants[..end].partition_point(|at| *at < since);
    end - start
}

/// How many of the instants lie in `since..=now`, by looking at each.
#[inline(never)]
#[must_use]
pub fn count_by_scan(instants: &[i64], since: i64, now: i64) -> usize {
    instants
        .iter()
        .filter(|at| (since..=now).contains(*at))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{
        buyers, buyers_newest_first, count_by_scan, count_by_search, is_sought, newsletter, viewers,
    };
    use crate::customer::{
        Customer, DAY, NOW, around_buyer, around_reader, around_viewer, buyer, near_reader, reader,
        viewer,
    };

    #[test]
    fn the_customers_are_what_they_are_said_to_be() {
        assert!(viewers(&viewer()));
        assert!(!viewers(&reader()));
        assert_eq!(
            viewer()
                .viewed()
                .position(|category| category == "anti-aging"),
            Some(8)
        );
        assert!(newsletter(&reader()));
        assert!(!newsletter(&near_reader()));

        let buyer = buyer();
        assert!(buyers(&buyer, NOW));
        assert!(buyers_newest_first(&buyer, NOW));
        assert!(buyer.events.is_sorted_by_key(|event| event.at));
        let recent = buyer
            .events
            .iter()
            .filter(|event| event.at >= NOW - 180 * DAY);
        assert_eq!((buyer.events.len(), recent.clone().count()), (50, 25));
        assert_eq!(recent.filter(|event| is_sought(event)).count(), 3);
        assert_eq!(
            buyer.events.iter().filter(|event| is_sought(event)).count(),
            6
        );
    }

    #[test]
    fn the_borders_have_two_sides() {
        let holding = |rule: fn(&Customer) -> bool, customers: Vec<Customer>| {
            let holding = customers.iter().filter(|customer| rule(customer)).count();
            (holding, customers.len() - holding)
        };
        assert_eq!(holding(viewers, around_viewer()), (2, 5));
        assert_eq!(holding(newsletter, around_reader()), (11, 14));
        assert_eq!(
            holding(|customer| buyers(customer, NOW), around_buyer()),
            (4, 7)
        );
        for customer in around_buyer() {
            assert!(customer.events.is_sorted_by_key(|event| event.at));
            assert_eq!(buyers(&customer, NOW), buyers_newest_first(&customer, NOW));
        }
    }

    #[test]
    fn a_search_counts_what_a_scan_counts() {
        let instants: Vec<i64> = (0..100).map(|nth| nth / 3).collect();
        for since in -1..40 {
            for now in since..40 {
                assert_eq!(
                    count_by_search(&instants, since, now),
                    count_by_scan(&instants, since, now),
                );
            }
        }
    }
}
