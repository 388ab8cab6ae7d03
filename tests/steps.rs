//! Every statement that we print is read by us as what the plan says it is: nothing unread, nothing worse than stated.

use lockstep_tests::cases::cases;
use lockstep_tests::steps::{faults, said_refused};

#[test]
fn steps_are_as_safe_as_the_plan_says() {
    let all = cases("");
    let faults: Vec<String> = all.iter().flat_map(|c| faults(&c.name, &c.request, &c.proof.worse_alone)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_step_of_a_proved_plan_is_said_to_be_refused() {
    let all = cases("");
    let refused: Vec<String> = all.iter().flat_map(|c| said_refused(&c.name, &c.request)).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
