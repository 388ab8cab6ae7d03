//! Two schemas compared, for the planners, which do not hold it (`web/js/planner.js`).

use lockstep_core::target::Target;
use lockstep_core::{Request, plan};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// What makes the wanted schema of the current one, as the request has it (`Compared`); null for an engine that is not known.
///
/// # Errors
/// When the answer cannot be handed over.
#[wasm_bindgen]
pub fn compared(schema: Option<String>, target_schema: Option<String>, engine: &str) -> Result<JsValue, JsValue> {
    let request = Request { schema, target_schema, engine: engine.to_string(), ..Request::default() };
    let compared = Target::parse(engine).ok().and_then(|target| plan::compare(&request, target));
    Ok(compared.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

fn main() {
    console_error_panic_hook::set_once();
}
