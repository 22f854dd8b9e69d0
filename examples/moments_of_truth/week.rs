//! A week of March, as the shop's systems report it.

use crate::member::{Activity, Consent, Member};
use segue::{Instant, ParseTimeError};

/// An instant by the clocks of Shanghai: `03-09 20:05`.
pub(crate) fn at(text: &str) -> Result<Instant, ParseTimeError> {
    format!("2026-{}:00+08:00", text.replace(' ', "T")).parse()
}

fn ordered(order: &str, product: &str, yuan: i64, text: &str) -> Result<Activity, ParseTimeError> {
    Ok(Activity::Ordered {
        at: at(text)?,
        order: order.to_owned(),
        product: product.to_owned(),
        amount: yuan * 100,
    })
}

fn paid(order: &str, text: &str) -> Result<Activity, ParseTimeError> {
    Ok(Activity::Paid {
        at: at(text)?,
        order: order.to_owned(),
    })
}

fn cart(product: &str, text: &str) -> Result<Activity, ParseTimeError> {
    Ok(Activity::AddedToCart {
        at: at(text)?,
        product: product.to_owned(),
    })
}

fn scanned(counter: &str, text: &str) -> Result<Activity, ParseTimeError> {
    Ok(Activity::Scanned {
        at: at(text)?,
        counter: counter.to_owned(),
    })
}

/// The members that the shop knows on Monday morning: when each ordered last, and whether SMS are welcome.
pub(crate) fn known() -> Result<Vec<Member>, ParseTimeError> {
    let member = |id: &str, last_order: &str, sms: bool| -> Result<Member, ParseTimeError> {
        let events = vec![
            Activity::Followed {
                at: "2025-06-18T12:00:00+08:00".parse()?,
            },
            Activity::BoundAccount {
                at: "2025-06-18T12:10:00+08:00".parse()?,
            },
            ordered("SN-1101", "moisturiser", 129, last_order)?,
            paid("SN-1101", last_order)?,
        ];
        let tags = vec!["member/bound".to_owned()];
        let events = events.into_iter().collect();
        Ok(Member {
            id: id.to_owned(),
            consent: Consent { sms },
            coupon_expires: None,
            points: 100,
            tags,
            events,
        })
    };
    let mut gao_jie = member("gao-jie", "01-11 15:30", true)?;
    gao_jie.events.insert(Activity::Unfollowed {
        at: at("02-01 09:00")?,
    });
    let mut peng_fei = member("peng-fei", "01-13 16:30", false)?;
    peng_fei.events.insert(Activity::Unfollowed {
        at: at("02-14 22:10")?,
    });
    let he_qing = Member {
        coupon_expires: Some("2026-03-14".parse()?),
        ..member("he-qing", "02-12 19:00", false)?
    };
    let yuan_qi = Member {
        coupon_expires: Some("2026-03-13".parse()?),
        ..member("yuan-qi", "02-20 13:00", true)?
    };
    Ok(vec![
        member("lin-yue", "02-20 10:00", true)?,
        member("chen-wei", "02-27 21:00", true)?,
        member("zhao-min", "03-01 18:30", false)?,
        member("liu-na", "01-09 11:00", true)?,
        member("cao-yu", "02-22 20:00", true)?,
        gao_jie,
        peng_fei,
        he_qing,
        yuan_qi,
    ])
}

/// What happens in the week, in the order in which it is reported.
pub(crate) fn reported() -> Result<Vec<(&'static str, Activity)>, ParseTimeError> {
    Ok(vec![
        (
            "lin-yue",
            ordered("SN-2041", "sunscreen", 158, "03-09 20:05")?,
        ),
        ("lin-yue", paid("SN-2041", "03-09 20:41")?),
        (
            "chen-wei",
            ordered("SN-2042", "shaving balm", 89, "03-09 21:50")?,
        ),
        (
            "zhao-min",
            ordered("SN-2043", "night cream", 239, "03-09 21:55")?,
        ),
        ("chen-wei", paid("SN-2042", "03-10 07:30")?),
        ("zhao-min", paid("SN-2043", "03-10 08:12")?),
        ("tang-li", scanned("Jing'an", "03-10 12:00")?),
        (
            "tang-li",
            Activity::Followed {
                at: at("03-10 12:18")?,
            },
        ),
        (
            "yuan-qi",
            ordered("SN-2044", "lip balm", 39, "03-10 14:00")?,
        ),
        ("sun-hao", scanned("Xintiandi", "03-10 14:26")?),
        // The bank was slow.
        ("yuan-qi", paid("SN-2044", "03-10 14:24")?),
        (
            "sun-hao",
            Activity::Followed {
                at: at("03-10 14:30")?,
            },
        ),
        (
            "sun-hao",
            Activity::BoundAccount {
                at: at("03-10 14:50")?,
            },
        ),
        ("liu-na", cart("serum", "03-10 17:00")?),
        (
            "tang-li",
            Activity::BoundAccount {
                at: at("03-11 09:30")?,
            },
        ),
        (
            "cao-yu",
            ordered("SN-2045", "sunscreen", 158, "03-11 21:00")?,
        ),
        ("cao-yu", paid("SN-2045", "03-11 21:45")?),
        ("liu-na", cart("cleanser", "03-12 16:00")?),
        ("liu-na", cart("toner", "03-14 13:00")?),
    ])
}
