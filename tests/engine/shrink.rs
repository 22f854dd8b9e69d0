//! Makes a failing stream smaller: drops acts, rules, stages, events and attributes while it still fails.

use segue_test_support::random::search::smallest;
use segue_test_support::random::streams::{Act, Stream};
use serde_json::Value as Json;

/// The smallest stream found that still fails, and what is wrong with it.
pub(crate) fn shrink(
    stream: &Stream,
    fails: impl Fn(&Stream) -> Option<String>,
) -> (Stream, String) {
    smallest(stream, 600, candidates, fails)
}

fn candidates(stream: &Stream) -> Vec<Stream> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Stream)| {
        let mut smaller = stream.clone();
        change(&mut smaller);
        all.push(smaller);
    };
    for name in stream.lifecycles.keys() {
        with(&|s| drop(s.lifecycles.remove(name)));
    }
    for name in stream.book.segments.keys() {
        with(&|s| drop(s.book.segments.remove(name)));
    }
    for name in stream.book.traits.keys() {
        with(&|s| drop(s.book.traits.remove(name)));
    }
    for name in stream.book.tags.keys() {
        with(&|s| drop(s.book.tags.remove(name)));
    }
    for i in 0..stream.profiles.len() {
        with(&|s| drop(s.profiles.remove(i)));
    }
    for i in 0..stream.acts.len() {
        with(&|s| drop(s.acts.remove(i)));
    }
    for (name, lifecycle) in &stream.lifecycles {
        for i in 0..lifecycle["stages"].as_array().map_or(0, Vec::len) {
            with(&|s| {
                if let Some(lifecycle) = s.lifecycles.get_mut(name) {
                    lifecycle["stages"]
                        .as_array_mut()
                        .map(|stages| stages.remove(i));
                }
            });
        }
    }
    for (i, profile) in stream.profiles.iter().enumerate() {
        for (key, value) in profile
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, _)| *key != "id")
        {
            for j in 0..value.as_array().map_or(0, Vec::len) {
                with(&|s| {
                    drop(
                        s.profiles[i][key]
                            .as_array_mut()
                            .map(|items| items.remove(j)),
                    )
                });
            }
            with(&|s| remove(&mut s.profiles[i], key));
        }
    }
    for (i, act) in stream.acts.iter().enumerate() {
        let Act::Observe { event, .. } = act else {
            continue;
        };
        for name in event["props"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            with(&|s| {
                if let Some(Act::Observe { event, .. }) = s.acts.get_mut(i) {
                    remove(&mut event["props"], name);
                }
            });
        }
    }
    if stream.book.zone != "UTC" {
        with(&|s| s.book.zone = "UTC".into());
    }
    all
}

fn remove(object: &mut Json, key: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(key);
    }
}
