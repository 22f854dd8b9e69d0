//! Profiles that turn out to be one person.
//!
//! What a host calls a profile by is an *id*; what tells who somebody is is an *identifier*, which has a name and a value. Every id
//! belongs to one profile at a time, and so does every identifier. Strong identifiers make a profile a person.

use super::Engine;
use super::ids::ProfileSlot;
use super::input::Met;
use super::join::Survivor;
use super::live_profile::LiveProfile;
use super::output::{Cause, EngineOutput, OutputKind, Receipt};
use super::plan::Differences;
use super::state::{ProfileIdentity, ProfileState};
use super::values_before::ValuesBefore;
use crate::profile::Identifier;
use crate::time::Instant;
use smol_str::SmolStr;

/// Why it could not be said who somebody is. Nothing has changed, but that the profile is known by its id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifyError {
    /// The rulebook names no such identifier.
    #[error("there is no identifier `{0}`; declare it in `identity` as strong or weak")]
    UnknownIdentifier(String),
    /// The value is that of everybody of whom nothing is known: an empty text, `null`, `undefined`.
    #[error("`{name}`: `{value}` identifies nobody")]
    Nobody {
        /// The name of the identifier; empty if it is the id of a profile.
        name: String,
        /// The value.
        value: String,
    },
    /// The profile type cannot merge profiles ([`LiveProfile::merge`]).
    #[error("profiles `{profile}` and `{other}` are one person, but cannot be merged: {message}")]
    Refused {
        /// The id of one of them.
        profile: SmolStr,
        /// The id of the other.
        other: SmolStr,
        /// Why.
        message: String,
    },
}

/// Texts that stand for nobody. Programs write them where an id is missing, and all these people would be one.
const NOBODY: [&str; 8] = [
    "",
    "null",
    "undefined",
    "none",
    "nil",
    "nan",
    "[object object]",
    "anonymous",
];

fn is_nobody(value: &str) -> bool {
    let value = value.trim().to_lowercase();
    NOBODY.contains(&&*value)
}

/// An identifier that somebody was said to have.
#[derive(Clone, Copy)]
struct Claim<'c> {
    name: &'c str,
    value: &'c str,
    is_strong: bool,
}

impl<P: LiveProfile> Engine<P> {
    /// Says that a profile has identifiers, such as the address that somebody has just logged in with. If another profile has one
    /// of them, the two are one person, and become one profile after what was due before.
    ///
    /// Identifiers are declared in the rulebook, under [`identity`](crate::rulebook::IdentityDocument). Two profiles with the same value
    /// of a *strong* one are merged; two with different values never are, which is reported as a conflict
    /// ([`OutputKind::IdentityConflict`], [`Receipt::Conflict`]). A *weak* one joins a profile of which no strong one is known to
    /// another; of two persons, it belongs to the one who was identified with it last. So does an id that a person has
    /// gone by and that is then said to be somebody else's: what happened before the first of them was known stays with the first.
    ///
    /// The profile that is left has the id that was identified first, or the one that `named_by` says, in whatever order this comes to
    /// be known. Every other id goes on working, in every call: it means that profile. The survivor has the events of both
    /// (those of one kind with one id once), their attributes by the policies of the rulebook, their tags, what was sent to them and
    /// what their triggers remember. Segments and stages become what they would be had all of it happened to one profile; the
    /// difference is reported with the cause [`Cause::Merge`], after [`OutputKind::ProfilesMerged`] and the segments and stages that
    /// the other leaves. No trigger fires. [Forgotten](Engine::forget) events stay forgotten.
    ///
    /// ```
    /// use segue::engine::{Engine, OutputKind};
    /// use segue::profile::{Model, Record, RecordEvent};
    /// use segue::Rulebook;
    ///
    /// let rulebook = Rulebook::from_toml(r#"
    ///     [schema.events.viewed]
    ///     [segments]
    ///     keen = "viewed at least twice"
    ///     [identity]
    ///     strong = ["email"]
    /// "#)?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let viewed = |at: &str| RecordEvent::new(rulebook.schema(), "viewed", at, []);
    /// let mut out = Vec::new();
    /// let _ = engine.identify("anna", &[("email", "anna@x.it")], "2026-03-01T09:00:00Z".parse()?, &mut out)?;
    /// let _ = engine.observe("anna", viewed("2026-03-01T10:00:00Z")?, &mut out);
    /// let _ = engine.observe("cookie-77", viewed("2026-03-02T10:00:00Z")?, &mut out);
    /// assert!(out.is_empty());
    /// // The visitor logs in.
    /// let _ = engine.identify("cookie-77", &[("email", "anna@x.it")], "2026-03-02T10:05:00Z".parse()?, &mut out)?;
    /// assert_eq!(out[0].kind, OutputKind::ProfilesMerged { from: "cookie-77".into(), by: Some("email".into()) });
    /// assert_eq!((&*out[1].profile, &out[1].kind), ("anna", &OutputKind::SegmentEntered { segment: "keen".into() }));
    /// assert_eq!((engine.len(), engine.holds("cookie-77", "keen")), (1, Some(true)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the rulebook does not name an identifier, a value stands for nobody, or the profile type cannot merge profiles.
    pub fn identify<'i>(
        &mut self,
        profile: impl Into<Identifier<'i>>,
        identifiers: &[(&str, &str)],
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<Receipt, IdentifyError> {
        let id: SmolStr = profile.into().with_text(|id| id.into());
        let claims = self.claims(identifiers)?;
        if is_nobody(&id) {
            let (name, value) = (String::new(), id.to_string());
            return Err(IdentifyError::Nobody { name, value });
        }
        let received = match self.receipt_at(at.micros()) {
            Err(refused) => Ok(refused),
            Ok(receipt) => {
                self.advance_until(at.micros(), out);
                let news = self.take_claims(&id, &claims, at.micros(), out)?;
                Ok(news.receipt(receipt))
            }
        };
        received.inspect(|receipt| self.counters.change(*receipt))
    }

    /// Says that two ids are one person's, because the host has decided so: the profile of the first becomes a part of that of the
    /// second, whose id both go by then. Otherwise it is as [`identify`](Engine::identify), with or without an `identity` in
    /// the rulebook; only different values of a strong identifier are a conflict.
    ///
    /// Chains (`a` is `b`, `b` is `c`) give the same in any order, and what is known already changes nothing
    /// ([`Receipt::Duplicate`]), so that a circle is none.
    ///
    /// ```
    /// # use segue::engine::{Engine, Receipt};
    /// # use segue::profile::{Model, Record};
    /// # use segue::Rulebook;
    /// let rulebook = Rulebook::from_toml("[schema.events.viewed]\n[segments]\nlooking = 'viewed within 30 days'")?;
    /// let mut engine = Engine::new(&rulebook, &Model::<Record>::for_schema(rulebook.schema()))?;
    /// let at = "2026-03-02T10:00:00Z".parse()?;
    /// let mut out = Vec::new();
    /// let _ = engine.merge("a", "b", at, &mut out)?;
    /// let _ = engine.merge("b", "c", at, &mut out)?;
    /// assert_eq!(engine.merge("a", "c", at, &mut out)?, Receipt::Duplicate);
    /// assert_eq!(engine.profile("a").map(|profile| profile.id()), Some("c"));
    /// assert_eq!(engine.ids_of("c").collect::<Vec<_>>(), ["a", "b", "c"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If one of the ids stands for nobody, or the profile type cannot merge profiles.
    pub fn merge<'i>(
        &mut self,
        from: impl Into<Identifier<'i>>,
        into: impl Into<Identifier<'i>>,
        at: Instant,
        out: &mut Vec<EngineOutput>,
    ) -> Result<Receipt, IdentifyError> {
        let [from, into]: [SmolStr; 2] =
            [from.into(), into.into()].map(|id| id.with_text(|id| id.into()));
        if let Some(nobody) = [&from, &into].into_iter().find(|id| is_nobody(id)) {
            let (name, value) = (String::new(), nobody.to_string());
            return Err(IdentifyError::Nobody { name, value });
        }
        let received = match self.receipt_at(at.micros()) {
            Err(refused) => Ok(refused),
            Ok(receipt) => {
                self.advance_until(at.micros(), out);
                let news = self.take_merge(&from, &into, out)?;
                Ok(news.receipt(receipt))
            }
        };
        received.inspect(|receipt| self.counters.change(*receipt))
    }

    /// Every id that a profile goes by, its own among them; none if there is no such profile.
    pub fn ids_of(&self, profile: &str) -> impl Iterator<Item = &str> {
        let state = self.profile_state(profile);
        state.into_iter().flat_map(|state| {
            let others = state.identity().ids().filter(|id| **id != state.id);
            let mut ids: Vec<&str> = [&state.id]
                .into_iter()
                .chain(others)
                .map(|id| &**id)
                .collect();
            ids.sort_unstable();
            ids
        })
    }

    /// The identifiers of a profile: names and values.
    pub fn identifiers_of(&self, profile: &str) -> impl Iterator<Item = (&str, &str)> {
        let state = self.profile_state(profile);
        let identifiers = state
            .into_iter()
            .flat_map(|state| state.identity().identifiers());
        identifiers.map(|(name, value)| (&**name, &**value))
    }

    fn claims<'c>(
        &self,
        identifiers: &[(&'c str, &'c str)],
    ) -> Result<Vec<Claim<'c>>, IdentifyError> {
        let identity = &self.plan.identity;
        let claim = |&(name, value): &(&'c str, &'c str)| {
            let is_strong = identity.is_strong(name);
            if !is_strong && !identity.is_weak(name) {
                return Err(IdentifyError::UnknownIdentifier(name.to_owned()));
            }
            if is_nobody(value) {
                let (name, value) = (name.to_owned(), value.to_owned());
                return Err(IdentifyError::Nobody { name, value });
            }
            Ok(Claim {
                name,
                value,
                is_strong,
            })
        };
        let mut claims = identifiers
            .iter()
            .map(claim)
            .collect::<Result<Vec<_>, _>>()?;
        // Strong ones say who it is.
        claims.sort_by_key(|claim| !claim.is_strong);
        Ok(claims)
    }

    fn take_claims(
        &mut self,
        id: &SmolStr,
        claims: &[Claim<'_>],
        at: i64,
        out: &mut Vec<EngineOutput>,
    ) -> Result<News, IdentifyError> {
        let mut news = News::default();
        if let Some(slot) = self.slot_of(id)
            && let Some((name, other)) = self.contradiction(slot, claims)
        {
            let is_own = self
                .state
                .profiles
                .get(slot)
                .is_some_and(|state| state.id == *id);
            if is_own {
                self.tell_conflict(slot, name, other, out);
                return Ok(News {
                    has_conflict: true,
                    ..news
                });
            }
            // Another person has it now: a cookie of a computer that several use.
            self.part(id);
        }
        let met = match self.slot_of(id) {
            Some(slot) => self.catch_up(slot, out),
            None => self.meet_claimant(id, claims, &mut news, out),
        };
        for claim in claims {
            self.take_claim(id, *claim, claims, &mut news, out)?;
        }
        if let Some(slot) = self.slot_of(id) {
            if claims.iter().any(|claim| claim.is_strong) {
                let state = self.state.profiles.get_mut(slot);
                news.has_any |= state.is_some_and(|state| state.identity_mut().identify(id, at));
            }
            if met.is_birth {
                let nothing = Differences::default();
                self.report(
                    Met { slot, ..met },
                    &Cause::NewProfile,
                    (&nothing, &ValuesBefore::default()),
                    at,
                    out,
                );
            }
        }
        self.name_well(id, out)?;
        Ok(news)
    }

    /// A profile of which nothing is known, or, if its identifiers say so, somebody who is known already: then the id is one more of
    /// theirs.
    fn meet_claimant(
        &mut self,
        id: &SmolStr,
        claims: &[Claim<'_>],
        news: &mut News,
        out: &mut Vec<EngineOutput>,
    ) -> Met {
        news.has_any = true;
        let owner = claims.iter().find_map(|claim| {
            let owner = self.owner(*claim)?;
            self.contradiction(owner, claims)
                .is_none()
                .then_some((owner, claim.name))
        });
        if let Some((owner, name)) = owner {
            let met = self.catch_up(owner, out);
            self.state.profiles.add_id(owner, id);
            self.tell_merged(owner, id, Some(name), out);
            return met;
        }
        let mut names = claims
            .iter()
            .filter(|claim| self.plan.identity.is_named_by(claim.name));
        match names.next() {
            Some(claim) if claim.value != id && self.slot_of(claim.value).is_none() => {
                let met = self.meet(&Identifier::Text(claim.value), out);
                self.state.profiles.add_id(met.slot, id);
                met
            }
            _ => self.meet(&Identifier::Text(id), out),
        }
    }

    /// Gives an identifier to the profile with an id, or merges it with the one that has the identifier.
    fn take_claim(
        &mut self,
        id: &SmolStr,
        claim: Claim<'_>,
        claims: &[Claim<'_>],
        news: &mut News,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), IdentifyError> {
        let Some(slot) = self.slot_of(id) else {
            return Ok(());
        };
        let Claim {
            name,
            value,
            is_strong,
        } = claim;
        if let Some((name, owner)) = self.contradiction(slot, &[claim]) {
            self.tell_conflict(slot, name, owner, out);
            news.has_conflict = true;
            return Ok(());
        }
        let owner = self.owner(claim).filter(|owner| *owner != slot);
        if let Some(owner) = owner {
            if is_strong && let Some((name, _)) = self.contradiction_of(slot, owner, claims) {
                self.tell_conflict(slot, name, Some(owner), out);
                news.has_conflict = true;
                return Ok(());
            }
            let are_persons = self.is_person(slot, claims) && self.is_person(owner, &[]);
            if is_strong || !are_persons {
                news.has_any = true;
                self.unite([slot, owner], claims, Some(name), out)?;
            }
        }
        if let Some(slot) = self.slot_of(id) {
            news.has_any |= self.state.profiles.give(slot, name, value);
        }
        Ok(())
    }

    fn take_merge(
        &mut self,
        from: &SmolStr,
        into: &SmolStr,
        out: &mut Vec<EngineOutput>,
    ) -> Result<News, IdentifyError> {
        let news = News {
            has_any: true,
            has_conflict: false,
        };
        let known = [from, into].map(|id| self.slot_of(id));
        match known {
            [Some(a), Some(b)] if a == b => return Ok(News::default()),
            _ if from == into => return Ok(News::default()),
            [Some(slot), Some(owner)] => {
                if let Some((name, _)) = self.contradiction_of(slot, owner, &[]) {
                    self.tell_conflict(slot, name, Some(owner), out);
                    return Ok(News {
                        has_conflict: true,
                        ..news
                    });
                }
                self.supersede(slot, from);
                self.unite([slot, owner], &[], None, out)?;
            }
            [Some(slot), None] => {
                self.catch_up(slot, out);
                self.state.profiles.add_id(slot, into);
                self.supersede(slot, from);
            }
            [None, into_slot] => {
                let met = match into_slot {
                    Some(slot) => self.catch_up(slot, out),
                    None => self.meet(&Identifier::Text(into), out),
                };
                if met.is_birth {
                    let (at, nothing) = (self.state.header.now, Differences::default());
                    self.report(
                        met,
                        &Cause::NewProfile,
                        (&nothing, &ValuesBefore::default()),
                        at,
                        out,
                    );
                }
                self.state.profiles.add_id(met.slot, from);
                self.supersede(met.slot, from);
                self.tell_merged(met.slot, from, None, out);
            }
        }
        self.name_well(into, out)?;
        if let ([Some(_), None], Some(slot)) = (known, self.slot_of(into))
            && self
                .state
                .profiles
                .get(slot)
                .is_some_and(|state| state.id != *into)
        {
            self.tell_merged(slot, into, None, out);
        }
        Ok(news)
    }

    fn slot_of(&self, id: &str) -> Option<ProfileSlot> {
        self.state.profiles.slot(&Identifier::Text(id))
    }

    /// The profile that has an identifier: somebody was said to have it, or it is their id.
    fn owner(&self, claim: Claim<'_>) -> Option<ProfileSlot> {
        let profiles = &self.state.profiles;
        let said = profiles.owner(claim.name, claim.value);
        said.or_else(|| {
            let is_id = self.plan.identity.is_named_by(claim.name);
            self.slot_of(claim.value).filter(|_| is_id)
        })
    }

    /// A strong identifier of which a profile has another value than is claimed, and who has the claimed one.
    fn contradiction<'c>(
        &self,
        slot: ProfileSlot,
        claims: &[Claim<'c>],
    ) -> Option<(&'c str, Option<ProfileSlot>)> {
        let identity = self.state.profiles.get(slot)?.identity();
        let mut strong = claims.iter().filter(|claim| claim.is_strong);
        strong.find_map(|claim| {
            let known = identity.value(claim.name)?;
            (known != claim.value).then(|| (claim.name, self.owner(*claim)))
        })
    }

    /// A strong identifier that makes two profiles, the first with claims, two persons.
    fn contradiction_of<'s>(
        &'s self,
        slot: ProfileSlot,
        other: ProfileSlot,
        claims: &[Claim<'s>],
    ) -> Option<(SmolStr, Option<ProfileSlot>)> {
        let ours = self.state.profiles.get(slot)?.identity().identifiers();
        let ours = ours.map(|(name, value)| Claim {
            name,
            value,
            is_strong: self.plan.identity.is_strong(name),
        });
        let all: Vec<Claim<'_>> = ours.chain(claims.iter().copied()).collect();
        let found = self.contradiction(other, &all);
        found.map(|(name, owner)| (name.into(), owner))
    }

    /// Whether a strong identifier of a profile is known, or claimed.
    fn is_person(&self, slot: ProfileSlot, claims: &[Claim<'_>]) -> bool {
        let profile = self.state.profiles.get(slot);
        let mut known = profile
            .into_iter()
            .flat_map(|profile| profile.identity().identifiers());
        claims.iter().any(|claim| claim.is_strong)
            || known.any(|(name, _)| self.plan.identity.is_strong(name))
    }

    /// Makes one profile of two, of which the first has claims. The one with the better id is left.
    fn unite(
        &mut self,
        [one, other]: [ProfileSlot; 2],
        claims: &[Claim<'_>],
        by: Option<&str>,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), IdentifyError> {
        for slot in [one, other] {
            self.catch_up(slot, out);
        }
        let profiles = &self.state.profiles;
        let (Some(a), Some(b)) = (profiles.get(one), profiles.get(other)) else {
            return Ok(());
        };
        let united = a.identity().united(&a.id, b.identity(), &b.id);
        let mut names = claims
            .iter()
            .filter(|claim| self.plan.identity.is_named_by(claim.name));
        let best = match names.next() {
            Some(claim) => claim.value.into(),
            None => self.best_id(&united, &a.id),
        };
        let (survivor, absorbed) = if best == a.id || (best != b.id && a.id < b.id) {
            (one, other)
        } else {
            (other, one)
        };
        let survivor = Survivor {
            slot: survivor,
            is_new: false,
        };
        self.join_or_refuse(survivor, absorbed, by, out)
    }

    fn join_or_refuse(
        &mut self,
        survivor: Survivor,
        absorbed: ProfileSlot,
        by: Option<&str>,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), IdentifyError> {
        let id = |slot| {
            let profile = self.state.profiles.get(slot);
            profile.map_or_else(SmolStr::default, |profile: &ProfileState<P>| {
                profile.id.clone()
            })
        };
        let (profile, other) = (id(survivor.slot), id(absorbed));
        let joined = self.join(survivor, absorbed, by, out);
        joined.map_err(|message| IdentifyError::Refused {
            profile,
            other,
            message,
        })
    }

    /// Lets the profile with an id go by the best of its ids.
    fn name_well(
        &mut self,
        id: &SmolStr,
        out: &mut Vec<EngineOutput>,
    ) -> Result<(), IdentifyError> {
        let Some(slot) = self.slot_of(id) else {
            return Ok(());
        };
        let Some(state) = self.state.profiles.get(slot) else {
            return Ok(());
        };
        let best = self.best_id(state.identity(), &state.id);
        let is_free = self.slot_of(&best).is_none_or(|known| known == slot);
        if best == state.id || !is_free {
            return Ok(());
        }
        let named_by = self.plan.identity.named_by.as_ref();
        let by = named_by
            .filter(|name| state.identity().value(name).is_some())
            .cloned();
        // A blank profile takes it in.
        self.state.profiles.unlink_id(&best);
        let blank = self.add_blank(&Identifier::Text(&best));
        let survivor = Survivor {
            slot: blank,
            is_new: true,
        };
        let named = self.join_or_refuse(survivor, slot, by.as_deref(), out);
        if named.is_err() {
            self.state.profiles.remove(&Identifier::Text(&best));
            self.state.profiles.add_id(slot, &best);
        }
        named
    }

    /// The id that a profile should go by.
    fn best_id(&self, identity: &ProfileIdentity, own: &SmolStr) -> SmolStr {
        let named_by = self.plan.identity.named_by.as_deref();
        let named = named_by.and_then(|name| identity.value(name));
        named.map_or_else(|| identity.best_id(own), SmolStr::clone)
    }

    fn supersede(&mut self, slot: ProfileSlot, id: &SmolStr) {
        if let Some(state) = self.state.profiles.get_mut(slot) {
            state.identity_mut().supersede(id);
        }
    }

    /// Lets a profile no longer go by an id that is not its own.
    pub(super) fn part(&mut self, id: &str) {
        if let Some(slot) = self.slot_of(id)
            && self
                .state
                .profiles
                .get(slot)
                .is_some_and(|state| state.id != id)
        {
            self.state.profiles.remove_id(slot, id);
        }
    }

    /// The id of the profile that is known as another one is.
    pub(super) fn known_as(&self, profile: &ProfileState<P>) -> Option<SmolStr> {
        let ids = [&profile.id].into_iter().chain(profile.identity().ids());
        let by_id = ids.filter_map(|id| self.slot_of(id));
        let identifiers = profile.identity().identifiers();
        let by_identifier =
            identifiers.filter_map(|(name, value)| self.state.profiles.owner(name, value));
        let known = by_id.chain(by_identifier).next()?;
        Some(self.state.profiles.get(known)?.id.clone())
    }

    fn tell_merged(
        &mut self,
        slot: ProfileSlot,
        from: &SmolStr,
        by: Option<&str>,
        out: &mut Vec<EngineOutput>,
    ) {
        let (from, by) = (from.clone(), by.map(SmolStr::new));
        self.tell(slot, OutputKind::ProfilesMerged { from, by }, out);
    }

    fn tell_conflict(
        &mut self,
        slot: ProfileSlot,
        identifier: impl Into<SmolStr>,
        with: Option<ProfileSlot>,
        out: &mut Vec<EngineOutput>,
    ) {
        let with = with.and_then(|with| Some(self.state.profiles.get(with)?.id.clone()));
        let identifier = identifier.into();
        self.tell(slot, OutputKind::IdentityConflict { identifier, with }, out);
    }

    fn tell(&mut self, slot: ProfileSlot, kind: OutputKind, out: &mut Vec<EngineOutput>) {
        let Some(id) = self.state.profiles.get(slot).map(|state| state.id.clone()) else {
            return;
        };
        let header = &mut self.state.header;
        let at = Instant::from_micros(header.now);
        let mut outbox = header.outbox(&mut self.counters, out);
        outbox.put(at, &id, &Cause::Merge, kind);
    }
}

/// What an identification has brought.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    has_any: bool,
    has_conflict: bool,
}

impl News {
    fn receipt(self, receipt: Receipt) -> Receipt {
        match self {
            News {
                has_conflict: true, ..
            } => Receipt::Conflict,
            News { has_any: false, .. } => Receipt::Duplicate,
            News { has_any: true, .. } => receipt,
        }
    }
}
