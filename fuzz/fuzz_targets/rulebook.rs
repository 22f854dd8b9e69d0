//! Any rule file: loading never panics, and its findings can be rendered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue::Rulebook;

fuzz_target!(|input: &[u8]| {
    let text = &*String::from_utf8_lossy(input);
    for loaded in [
        Rulebook::from_toml(text),
        Rulebook::from_yaml(text),
        Rulebook::from_json(text),
    ] {
        if let Err(error) = loaded {
            let _ = error.to_string();
        }
    }
});
