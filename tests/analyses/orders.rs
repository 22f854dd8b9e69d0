use crate::data::*;
use crate::repurchase::taken_back;
use crate::series::number;
use segue::insight::{OrderFigures, OrderGroup, OrderReport, ReportResult};
use segue::profile::Record;
use segue::value::Scalar;
use segue::{Instant, Rulebook};
use segue_test_support::random::Rng;
use std::collections::BTreeMap;

fn orders(rulebook: &Rulebook, records: &[Record], from: &str, until: &str) -> OrderReport {
    match report(rulebook, records, at(from), at(until)) {
        ReportResult::Orders(orders) => orders,
        other => panic!("{other:?}"),
    }
}

/// One order or return of somebody, and its group.
#[derive(Clone, Copy, Debug)]
struct Booked<'d> {
    who: usize,
    did: &'d Did,
    group: Option<&'d str>,
}

/// The source of an order: the first or last visit at or before it that names one.
fn source<'p>(person: &'p Person, order: &Did, credit: &str, days: Option<i64>) -> Option<&'p str> {
    let visits = person.of("visited").into_iter();
    let mut visits = visits.filter(|did| {
        did.source.is_some()
            && did.at <= order.at
            && days.is_none_or(|days| order.at <= did.at + days * DAY)
    });
    let visit = if credit == "first" {
        visits.next()
    } else {
        visits.next_back()
    };
    visit.and_then(|did| did.source)
}

#[test]
fn every_figure_is_that_of_the_slow_count() {
    let (mut returns, mut sourced) = (0, 0);
    for seed in 0..300 {
        let mut rng = Rng(seed);
        let ((week, first_day), (per, unit)) = (week(seed), rng.pick(&UNITS));
        let (same, by) = (
            rng.percent(50),
            rng.pick(&["", "channel", "gender", "source"]),
        );
        let credit = rng.pick(&["first", "last"]);
        let days = rng.percent(50).then(|| rng.between(1, 20));
        let by_key = match by {
            "" => String::new(),
            "channel" => ", by = 'purchased.channel'".to_owned(),
            "gender" => ", by = 'gender'".to_owned(),
            _ => {
                let within = days.map(|days| format!(", within = '{days} days'"));
                let within = within.unwrap_or_default();
                format!(", source = {{ of = 'visited.source', credit = '{credit}'{within} }}")
            }
        };
        let same_key = if same { ", same = 'order'" } else { "" };
        let table = format!(
            "orders = {{ of = 'purchased.amount', less = 'returned.amount', per = '{per}'{same_key}{by_key} }}"
        );
        let rulebook = rulebook(&table, week);
        let people = people(&mut rng);
        let (from_text, until_text) = ("2026-01-20T10:00:00Z", UNTIL);
        let (from, until) = (at(from_text).micros(), at(until_text).micros());
        let found = orders(
            &rulebook,
            &records(&rulebook, &people),
            from_text,
            until_text,
        );
        let periods = Periods {
            calendar: calendar(first_day),
            unit,
        };
        let mut booked = Vec::new();
        for (who, person) in people.iter().enumerate() {
            let mut placed = person.of("purchased");
            placed.retain(|did| did.at < until);
            let group = |order: &Did| match by {
                "channel" => order.channel,
                "gender" => person.gender,
                "source" => source(person, order, credit, days),
                _ => None,
            };
            let back = taken_back(person, &placed, until, same);
            let back = back.iter().map(|(did, order)| {
                let group = order.and_then(|nth| group(placed[nth]));
                Booked { who, did, group }
            });
            let placed = placed.iter().map(|did| Booked {
                who,
                did,
                group: group(did),
            });
            booked.extend(placed.chain(back).filter(|of| of.did.at >= from));
        }
        let mut check = |figures: &OrderFigures, of: &[Booked<'_>], context: &str| {
            let part = |kind: &str| -> Vec<&Booked<'_>> {
                of.iter().filter(|of| of.did.kind == kind).collect()
            };
            let who = |of: &[&Booked<'_>]| {
                let mut who: Vec<usize> = of.iter().map(|of| of.who).collect();
                who.dedup();
                who
            };
            let cents = |of: &[&Booked<'_>]| {
                of.iter()
                    .filter_map(|of| of.did.cents)
                    .collect::<Vec<i64>>()
            };
            let (placed, back) = (part("purchased"), part("returned"));
            assert_eq!(
                (figures.orders, figures.returns),
                (placed.len() as u64, back.len() as u64),
                "{context}"
            );
            assert_people(figures.buyers, &figures.members, &who(&placed), context);
            assert_people(
                figures.returners,
                &figures.returner_members,
                &who(&back),
                context,
            );
            let text = |cents: i64| {
                let sign = if cents < 0 { "-" } else { "" };
                let cents = cents.abs();
                Some(Scalar::Text(format!(
                    "{sign}{}.{:02}",
                    cents / 100,
                    cents % 100
                )))
            };
            let (turnover, returned) = (
                cents(&placed).iter().sum::<i64>(),
                cents(&back).iter().sum::<i64>(),
            );
            assert_eq!(figures.turnover, text(turnover), "{context}");
            assert_eq!(figures.returned, text(returned), "{context}");
            assert_eq!(figures.net, text(turnover - returned), "{context}");
            assert_eq!(
                figures.largest_order,
                cents(&placed).iter().max().and_then(|most| text(*most))
            );
            let n = cents(&placed).len() as f64;
            let average = figures.average_order.as_ref().map_or(0.0, number);
            assert!(
                n == 0.0 || (average - turnover as f64 / 100.0 / n).abs() < 1e-9,
                "{context}"
            );
            let rate = (!placed.is_empty()).then(|| back.len() as f64 / placed.len() as f64);
            assert_eq!(figures.return_rate, rate, "{context}");
            returns += figures.returns;
        };
        let mut check_group = |group: &OrderGroup, of: &[Booked<'_>], name: &str| {
            check(&group.total, of, &format!("seed {seed}, {name}"));
            let starts = periods.all(from, until);
            assert_eq!(group.periods.len(), starts.len());
            for (figures, start) in group.periods.iter().zip(starts) {
                let span = start..periods.later(start, 1);
                let inside: Vec<Booked<'_>> = of
                    .iter()
                    .filter(|of| span.contains(&of.did.at))
                    .copied()
                    .collect();
                check(figures, &inside, &format!("seed {seed}, {name}, {start}"));
            }
        };
        check_group(&found.all, &booked, "all");
        let mut groups: BTreeMap<Option<&str>, Vec<Booked<'_>>> = BTreeMap::new();
        for of in booked.iter().filter(|_| !by.is_empty()) {
            groups.entry(of.group).or_default().push(*of);
        }
        assert_eq!(found.groups.len(), groups.len(), "seed {seed}, {by}");
        for group in &found.groups {
            let name = match &group.value {
                None => None,
                Some(Scalar::Text(text)) => Some(text.as_str()),
                Some(other) => panic!("{other:?}"),
            };
            check_group(group, &groups[&name], name.unwrap_or("none"));
            sourced += usize::from(by == "source" && name.is_some());
        }
        let largest = (booked.iter())
            .filter(|of| of.did.kind == "purchased" && of.did.cents.is_some())
            .min_by_key(|of| (-of.did.cents.unwrap(), of.did.at, of.who));
        let of = found.largest.as_ref().map(|of| (of.at, of.position));
        assert_eq!(
            of,
            largest.map(|of| (Instant::from_micros(of.did.at), of.who))
        );
    }
    assert!(returns > 1_000 && sourced > 50, "only {returns}, {sourced}");
}

/// The largest order came from a letter; a return counts in its own month, and for the source of what comes back.
#[test]
fn sources_by_hand() {
    let rulebook = rulebook(
        "orders = { of = 'purchased.amount', less = 'returned.amount', source = { of = 'visited.source' } }",
        "monday",
    );
    let json = r#"{"id": "anna", "events": [
        {"kind": "visited", "at": "2026-03-01T10:00:00Z", "props": {"source": "ads"}},
        {"kind": "purchased", "at": "2026-03-02T10:00:00Z", "props": {"amount": 20.00}},
        {"kind": "visited", "at": "2026-03-05T10:00:00Z", "props": {"source": "mail"}},
        {"kind": "visited", "at": "2026-03-06T10:00:00Z"},
        {"kind": "purchased", "at": "2026-03-06T11:00:00Z", "props": {"amount": 75.50}},
        {"kind": "visited", "at": "2026-04-01T10:00:00Z", "props": {"source": "ads"}},
        {"kind": "returned", "at": "2026-04-02T10:00:00Z", "props": {"amount": 75.50}}]}"#;
    let anna = Record::from_json(rulebook.schema(), json).unwrap();
    let found = orders(
        &rulebook,
        &[anna],
        "2026-02-28T23:00:00Z",
        "2026-04-30T22:00:00Z",
    );
    let text = |t: &str| Some(Scalar::Text(t.to_owned()));
    let largest = found.largest.as_ref().unwrap();
    assert_eq!(
        (&largest.group, Some(&largest.amount)),
        (&text("mail"), text("75.50").as_ref())
    );
    let groups: Vec<_> = (found.groups.iter())
        .map(|group| {
            let [march, april] = group.periods.as_slice() else {
                panic!("two months")
            };
            (
                group.value.clone(),
                march.net.clone(),
                april.net.clone(),
                group.total.net.clone(),
            )
        })
        .collect();
    assert_eq!(
        groups,
        [
            (text("ads"), text("20.00"), text("0.00"), text("20.00")),
            (text("mail"), text("75.50"), text("-75.50"), text("0.00")),
        ]
    );
    assert_eq!(found.all.periods[1].return_rate, None);
    assert_eq!(found.all.total.return_rate, Some(0.5));
    assert_eq!(found.by.as_deref(), Some("visited.source"));
}
