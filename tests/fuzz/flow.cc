// Any bytes as a flow, read, checked against a small catalog, and reported. Holds what the reader promises: positions lie
// in the source, every scalar is found again byte by byte, reports are whole lines of UTF-8 and valid JSON.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../unit/flow/table_catalog.hh"
#include "flow/check.hh"
#include "flow/report.hh"
#include "flow/yaml.hh"
#include "value/json.hh"

using namespace flowrun;
using namespace flowrun::flow;

namespace {

void demand(bool truth) {
    if (!truth) std::abort();
}

// Each offset lies in the source, and the bytes that stand for themselves are there. The bytes that are escaped, folded or
// blank need not be, and what has a tag, or is an alias of no anchor, is refused.
void demand_offsets(const Tree& tree, const std::string& source) {
    demand(tree.kind != Tree::Kind::scalar || tree.offsets.size() == tree.text.size());
    for (std::size_t i = 0; i < tree.offsets.size(); ++i) {
        demand(tree.offsets[i] <= source.size());
        const char here = tree.offsets[i] < source.size() ? source[tree.offsets[i]] : '\n';
        const char wanted = tree.text[i];
        const bool white = wanted == ' ' || wanted == '\n' || wanted == '\t';
        const bool escape = here == '\\' && tree.style == Tree::Style::double_quoted;
        demand(here == wanted || white || escape || tree.property_kind == '!');
        demand(i == 0 || tree.offsets[i] >= tree.offsets[i - 1]);
    }
    for (const Tree& item : tree.items) demand_offsets(item, source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Source source("flow.yaml", std::string(reinterpret_cast<const char*>(data), size));
    Issues of_yaml;
    demand_offsets(read_yaml(source, of_yaml), source.text());

    static TableCatalog catalog;
    CheckOptions options;
    options.environment = [](const std::string&) { return std::optional<std::string>("x"); };
    const Checked checked = check(read(source), source, catalog, {{"p", "1"}}, options);
    std::uint32_t last = 0;
    for (const Issue& issue : checked.issues.all()) {
        demand(issue.place.offset <= source.text().size());
        demand(issue.place.offset >= last);
        last = issue.place.offset;
        const std::string text = to_text(issue, source);
        demand(text.ends_with('\n') && value::valid_utf8(text));
        demand(value::parse(to_json(issue, source)).has_value());
    }
    if (!checked.ok()) return 0;
    demand(checked.nodes.size() == checked.flow.nodes.size() && checked.edges.size() == checked.flow.edges.size());
    for (const CheckedNode& node : checked.nodes) demand(node.component && node.settings && node.ports_known);
    return 0;
}
