//! The answers of `segue audit` as text.

use segue::insight::TouchpointAudit;
use std::fmt::Write as _;
use std::sync::Arc;

pub(super) fn text(audit: &TouchpointAudit, has_profiles: bool) -> String {
    let mut out = String::new();
    let of_all = |n: u64| format!("{n} of {} events{}", audit.events, share(n, audit.events));
    let _ = writeln!(out, "1. Are all touchpoints known?");
    let _ = writeln!(out, "   {} belong to no touchpoint", of_all(audit.unmapped));
    let _ = writeln!(out, "2. Is it known what happens there?");
    list(&mut out, "nothing happened at", &audit.without_actions);
    list(
        &mut out,
        "no event says how long it took at",
        &audit.without_time,
    );
    let _ = writeln!(
        out,
        "3. Is it known what they are for, and how that is measured?"
    );
    list(&mut out, "without a goal", &audit.without_goal);
    list(&mut out, "without a KPI", &audit.without_kpi);
    let _ = writeln!(out, "4. Is it known who the people are?");
    if has_profiles {
        let unknown = of_all(audit.unknown);
        let _ = writeln!(out, "   {unknown} are of people without a profile");
    } else {
        let _ = writeln!(
            out,
            "   no profiles were given; name them with `--profiles`"
        );
    }
    out
}

fn list(out: &mut String, what: &str, touchpoints: &[Arc<str>]) {
    let names = if touchpoints.is_empty() {
        "none".to_owned()
    } else {
        touchpoints.join(", ")
    };
    let _ = writeln!(out, "   {what}: {names}");
}

/// A share in percent with one digit, in parentheses.
#[expect(clippy::cast_precision_loss, reason = "a share of counts")]
pub(super) fn share(n: u64, of: u64) -> String {
    if of == 0 {
        return String::new();
    }
    format!(" ({:.1}%)", n as f64 / of as f64 * 100.0)
}
