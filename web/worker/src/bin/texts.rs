//! Texts that go out and in, for the planners, which do not hold this (`web/js/planner.js`).

use wasm_bindgen::prelude::*;

/// See [`lockstep_worker::exported`].
///
/// # Errors
/// As there.
#[wasm_bindgen]
pub fn exported(export: JsValue, plan: Vec<u8>) -> Result<Vec<u8>, JsValue> {
    lockstep_worker::exported(export, plan)
}

/// See [`lockstep_worker::sizes_read`].
///
/// # Errors
/// As there.
#[wasm_bindgen]
pub fn sizes_read(pasted: &str) -> Result<Vec<u8>, JsValue> {
    lockstep_worker::sizes_read(pasted)
}

/// See [`lockstep_worker::table_of`].
#[wasm_bindgen]
pub fn table_of(stats: &str) -> String {
    lockstep_worker::table_of(stats)
}

fn main() {
    console_error_panic_hook::set_once();
}
