//! What clients and pages ask for.

use std::fmt::Write as _;

/// Kinds of reads: a name, how many of a hundred requests are of it, and the address in Lua.
const KINDS: [(&str, u64, &str); 13] = [
    ("list, any page of 20", 35, r#"list .. "&offset=" .. math.random(0, reports - 20)"#),
    ("list, first page", 10, "list"),
    ("list, any page of 1000", 5, r#"rundb .. "?limit=1000&offset=" .. math.random(0, reports - 1000)"#),
    (
        "list, part of a name",
        5,
        r#"list .. "&resultsName__contains=S5-" .. math.random(0, 6) .. "-" .. math.random(10, 99)"#,
    ),
    ("list, by state", 5, r#"list .. "&sigproc_filter=L&offset=" .. math.random(0, 1000)"#),
    ("list, by three ids", 5, r#"list .. "&id__in=" .. any() .. "," .. any() .. "," .. any()"#),
    ("one report", 15, r#"rundb .. any() .. "/""#),
    ("schema", 2, r#"rundb .. "schema/""#),
    ("messages", 3, r#""/rundb/api/v1/message/""#),
    ("native: list", 5, r#"api .. "reports""#),
    (
        "native: largest, counted",
        3,
        r#"api .. "reports?sort=-size&count=true&limit=" .. math.random(1, 100)"#,
    ),
    ("native: one report", 5, r#"api .. "reports/" .. any()"#),
    ("native: statistics", 2, r#"api .. "statistics""#),
];

/// A script for each kind.
pub fn alone(reports: u64) -> Vec<(&'static str, String)> {
    KINDS.iter().map(|(name, _, address)| (*name, script(reports, &[(100, address)]))).collect()
}

/// A script for all kinds at random.
pub fn mixture(reports: u64) -> String {
    script(reports, &KINDS.map(|(_, share, address)| (share, address)))
}

fn script(reports: u64, kinds: &[(u64, &str)]) -> String {
    let mut text = format!(
        "local rundb, api = \"/rundb/api/v1/compositedatamanagement/\", \"/api/v1/\"\n\
         local list, reports = rundb .. \"?limit=20\", {reports}\n\
         local function any() return math.random(1, reports) end\n\
         local kinds = {{\n"
    );
    for (share, address) in kinds {
        let _ = writeln!(text, "  {{ {share}, function() return {address} end }},");
    }
    // Each thread of wrk has a state of its own, and must not ask for the same as the others.
    text + r#"}
local seed = os.time()
setup = function(thread) seed = seed + 1; thread:set("seed", seed) end
init = function() math.randomseed(seed) end
request = function()
  local left = math.random(1, 100)
  for _, kind in ipairs(kinds) do
    left = left - kind[1]
    if left <= 0 then return wrk.format("GET", kind[2]()) end
  end
end
"#
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_a_hundred() {
        assert_eq!(KINDS.iter().map(|(_, share, _)| share).sum::<u64>(), 100);
    }
}
