// The pages of the rules. Few visits open one, so they are read when the first one is opened.
export const rules = async () => (await fetch("rules.json")).json();
