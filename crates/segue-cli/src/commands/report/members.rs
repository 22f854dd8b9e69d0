//! The people behind the numbers of a report, by their ids.

use segue::insight::ReportResult;
use serde::Serialize;
use std::fmt::Write as _;

/// The people behind one number.
#[derive(Serialize)]
pub(super) struct MemberList<'a> {
    /// What the number is.
    number: String,
    ids: Vec<&'a str>,
}

/// A report and the people behind its numbers.
#[derive(Serialize)]
pub(super) struct WithMembers<'a> {
    #[serde(flatten)]
    pub(super) report: &'a ReportResult,
    pub(super) members: &'a [MemberList<'a>],
}

impl<'a> MemberList<'a> {
    /// Those of all numbers of a report; `ids` are those of everybody, in the order in which they were recorded.
    pub(super) fn all(report: &ReportResult, ids: &[&'a str]) -> Vec<Self> {
        let members = report.members().into_iter();
        let members = members.map(|(number, members)| MemberList {
            number,
            ids: members
                .iter()
                .filter_map(|position| ids.get(position).copied())
                .collect(),
        });
        members.collect()
    }
}

pub(super) fn text(members: &[MemberList<'_>]) -> String {
    let mut out = "\nmembers\n".to_owned();
    for MemberList { number, ids } in members {
        let ids = if ids.is_empty() {
            "nobody".to_owned()
        } else {
            ids.join(", ")
        };
        let _ = writeln!(out, "  {number}: {ids}");
    }
    out
}
