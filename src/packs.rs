//! Rule files to begin with, one for an industry: schema, traits, tags, segments, lifecycles, messages, triggers and journeys. A text
//! each, which depends on nothing.
//!
//! They are written to be included ([`Loader::with_packs`](crate::rulebook::Loader::with_packs)), or to be copied and changed:
//! `docs/packs.md` in the repository describes them.

/// What all industries have: reference data, consents, visits, reactions to messages, channels.
pub const CUSTOMER: &str = include_str!("../packs/customer.toml");
/// A shop. It includes `customer.toml`.
pub const RETAIL: &str = include_str!("../packs/retail.toml");
/// A shop of beauty products. It includes `retail.toml`.
pub const BEAUTY: &str = include_str!("../packs/beauty.toml");
/// A bank or an insurer. It includes `customer.toml`.
pub const FINANCE: &str = include_str!("../packs/finance.toml");
/// A school, a university, a platform of courses. It includes `customer.toml`.
pub const EDUCATION: &str = include_str!("../packs/education.toml");

/// All packs: name and text.
///
/// ```
/// let names: Vec<&str> = segue::packs::ALL.iter().map(|(name, _)| *name).collect();
/// assert_eq!(names, ["customer", "retail", "beauty", "finance", "education"]);
/// ```
pub const ALL: [(&str, &str); 5] = [
    ("customer", CUSTOMER),
    ("retail", RETAIL),
    ("beauty", BEAUTY),
    ("finance", FINANCE),
    ("education", EDUCATION),
];
