//! Loading campaigns: the days on which their triggers fire.

use super::document::{CampaignDocument, RulebookDocument};
use super::reader::{KeyedText, Reader};
use crate::rule::campaign::Campaign;
use crate::time::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The campaigns that are right, by name.
pub(super) type Campaigns = BTreeMap<String, Arc<Campaign>>;

pub(super) fn load(document: &RulebookDocument, reader: &mut Reader<'_>) -> Campaigns {
    let mut campaigns = Campaigns::new();
    for (name, document) in &document.campaigns {
        if let Some(campaign) = load_one(name, document, reader) {
            campaigns.insert(name.clone(), Arc::new(campaign));
        }
    }
    campaigns
}

fn load_one(name: &str, document: &CampaignDocument, reader: &mut Reader<'_>) -> Option<Campaign> {
    let mut date = |key: &str, text: &str| -> Option<Date> {
        let path = ["campaigns", name, key];
        let at = KeyedText::new(&path, text);
        text.trim().parse().ok().or_else(|| {
            let diagnostic = at.error("E0322", format!("`{text}` is not a date"));
            reader.report(at, diagnostic.help("write `2026-11-20`"))
        })
    };
    let (from, until) = (date("from", &document.from), date("until", &document.until));
    let (from, until) = from.zip(until)?;
    if until < from {
        let path = ["campaigns", name, "until"];
        let message = format!("this campaign would be over before it begins on {from}");
        let help = "name its last day, which belongs to it";
        return reader.complain(&path, "E0322", message, help);
    }
    Some(Campaign {
        name: name.into(),
        from,
        until,
    })
}

/// The campaign that a trigger or a journey belongs to, if it belongs to one; what is wrong with the campaign itself is said where it
/// is declared.
pub(super) fn named(
    at: KeyedText<'_>,
    document: &RulebookDocument,
    campaigns: &Campaigns,
    reader: &mut Reader<'_>,
) -> Option<Arc<Campaign>> {
    if !document.campaigns.contains_key(at.text) {
        let known: Vec<&str> = document.campaigns.keys().map(String::as_str).collect();
        return reader.unknown(at, "campaign", &known);
    }
    campaigns.get(at.text).cloned()
}
