//! Events of which rules do not know the kind.

use super::*;
use segue::engine::{Engine, LiveProfile, Receipt};

/// Another crate's events, of which some may be unknown.
struct Payment(crm::Notice);

#[derive(Enumeration, Debug, PartialEq)]
enum PaymentKind {
    Refunded,
    Charged,
}

impl Event for Payment {
    type Kind = PaymentKind;

    fn kind(&self) -> Option<PaymentKind> {
        match self.0 {
            crm::Notice::Charged { .. } => Some(PaymentKind::Charged),
            crm::Notice::Refunded { .. } => Some(PaymentKind::Refunded),
            crm::Notice::Pinged => None,
        }
    }

    fn at(&self) -> Instant {
        match self.0 {
            crm::Notice::Charged { at, .. } | crm::Notice::Refunded { at } => {
                Instant::from_micros(at)
            }
            crm::Notice::Pinged => Instant::MAX,
        }
    }

    // The order does not matter, and a kind may be left out.
    fn describe(kinds: &mut EventKinds<Self>) {
        let cents = |payment: &Payment| match &payment.0 {
            crm::Notice::Charged { cents, .. } => Some(*cents),
            _ => None,
        };
        kinds
            .of(PaymentKind::Charged)
            .computed("amount", cents, |field| field.decimal(2));
    }
}

#[derive(Profile)]
struct Payer {
    id: u64,
    #[segue(events)]
    payments: Timeline<Payment>,
}

#[test]
fn an_event_of_an_unknown_kind_is_none() {
    let minute = 60_000_000;
    let payments = [
        crm::Notice::Pinged,
        crm::Notice::Charged {
            at: minute,
            cents: 19_90,
        },
        crm::Notice::Pinged,
        crm::Notice::Refunded { at: 2 * minute },
    ];
    let mut payer = Payer {
        id: 1,
        payments: payments.into_iter().map(Payment).collect(),
    };
    payer.payments.insert(Payment(crm::Notice::Pinged));
    payer.payments.insert(Payment(crm::Notice::Charged {
        at: 3 * minute,
        cents: 10,
    }));
    assert_eq!(payer.payments.len(), 6);
    let kinds: Vec<_> = payer.payments.iter().map(Payment::kind).collect();
    assert_eq!(
        kinds,
        [
            Some(PaymentKind::Refunded),
            Some(PaymentKind::Charged),
            Some(PaymentKind::Charged),
            None,
            None,
            None
        ]
    );
    let model = Model::<Payer>::new().unwrap();
    let now = Instant::from_micros(10 * minute);
    for rule in [
        "count(charged) = 2 and count(refunded) = 1",
        "sum(charged.amount) = 20 and charged(amount = 19.90)",
        "count(any of (charged, refunded)) = 3",
        "charged then refunded",
        "refunded at most once",
    ] {
        let rule = Rule::check(rule, model.schema()).unwrap();
        let verdict = rule.bind(&model).unwrap().verdict(&payer, now);
        assert!(verdict.holds && verdict.until.is_none(), "{rule}");
    }
}

impl LiveProfile for Payer {
    fn blank(_: &Model<Self>, id: &str) -> Self {
        Payer {
            id: id.parse().unwrap_or_default(),
            payments: Timeline::default(),
        }
    }

    fn events_mut(&mut self) -> &mut Timeline<Payment> {
        &mut self.payments
    }
}

#[test]
fn the_engine_says_of_an_unknown_kind_that_it_is_one() {
    let rulebook = segue::Rulebook::from_json(
        r#"{"schema": {"events": {"charged": {"properties": {"amount": "decimal(2)"}}}}, "segments": {"payer": "charged(amount > 10)"}}"#,
    )
    .unwrap();
    let mut engine = Engine::new(&rulebook, &Model::<Payer>::new().unwrap()).unwrap();
    let mut out = Vec::new();
    // Its instant is the end of time, which it must not become.
    let receipt = engine.observe(17_u64, Payment(crm::Notice::Pinged), &mut out);
    assert_eq!(receipt, Receipt::UnknownKind);
    assert!(out.is_empty() && engine.profile("17").is_none());
    let charged = crm::Notice::Charged {
        at: 60_000_000,
        cents: 19_90,
    };
    let receipt = engine.observe(17_u64, Payment(charged), &mut out);
    assert_eq!(receipt, Receipt::Accepted);
    assert_eq!(engine.now(), Instant::from_micros(60_000_000));
    assert_eq!(out.len(), 1);
}

#[test]
fn an_event_of_no_kind_takes_no_id_from_another() {
    let viewed = || Body::Viewed {
        category: "tv".into(),
    };
    let beat = || envelope(7, "2026-03-01T09:00:00Z", Body::Heartbeat);
    let look = || envelope(7, "2026-03-01T10:00:00Z", viewed());
    let other = || envelope(8, "2026-02-01T10:00:00Z", Body::Heartbeat);
    let all: Timeline<Envelope> = [look(), beat(), other()].into_iter().collect();
    let mut inserted = Timeline::default();
    for event in [beat(), look(), other()] {
        inserted.insert(event);
    }
    let seen = |timeline: &Timeline<Envelope>| -> Vec<(bool, Instant)> {
        let each = timeline.iter().map(|e| (e.kind().is_some(), Event::at(e)));
        each.collect()
    };
    let expected = [
        (true, at("2026-03-01T10:00:00Z")),
        (false, at("2026-02-01T10:00:00Z")),
        (false, at("2026-03-01T09:00:00Z")),
    ];
    assert_eq!(seen(&all), expected);
    assert_eq!(seen(&inserted), expected);
}
