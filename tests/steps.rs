//! Every statement that we print is read by us as what the plan says it is: nothing unread, nothing worse than stated.

use lockstep_tests::cases::cases;
use lockstep_tests::steps::faults;

#[test]
fn steps_are_as_safe_as_the_plan_says() {
    let all = cases("");
    let faults: Vec<String> = all.iter().flat_map(|c| faults(&c.name, &c.request, &c.proof.worse_alone)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
