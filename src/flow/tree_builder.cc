#include "flow/tree_builder.hh"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "flow/comments.hh"
#include "flow/limits.hh"
#include "flow/quote.hh"

namespace flowrun::flow {

namespace {

constexpr std::size_t max_expanded_text = 4 * max_bytes;

bool is_null_word(std::string_view text) { return text == "~" || text == "null" || text == "Null" || text == "NULL"; }

// The word for null that begins here, or nothing.
std::string_view null_word_at(std::string_view source, std::size_t at) {
    if (at >= source.size()) return {};
    std::size_t end = at;
    while (end < source.size() && std::string_view(" \t\r\n,[]{}:#").find(source[end]) == std::string_view::npos) ++end;
    const std::string_view word = source.substr(at, end - at);
    return is_null_word(word) ? word : std::string_view{};
}

void mark_anchors(Tree& tree, const std::unordered_set<std::uint32_t>& unused) {
    tree.anchor_unused =
        tree.kind == Tree::Kind::scalar && tree.property_kind == '&' && unused.contains(tree.property.offset);
    for (Tree& item : tree.items) mark_anchors(item, unused);
}

}  // namespace

// The parser gives an empty value the place of the token after it. When that token is one of the words for null, only
// the next event tells which of the two was meant.
void TreeBuilder::finish_null(std::size_t at) {
    if (last_null_ == at && !open_.empty()) {
        Open& top = open_.back();
        Tree* null = top.has_key ? &top.key : top.tree.items.empty() ? nullptr : &top.tree.items.back();
        if (null && null->kind == Tree::Kind::scalar && null->place.offset == at) {
            null->text.clear();
            null->offsets.clear();
        }
    }
    last_null_ = std::string::npos;
}

Tree TreeBuilder::scanned(std::size_t at, const std::string& text) {
    Scan scan = scan_scalar(source_.text(), at, text, in_flow());
    pass(scan);
    Tree tree;
    tree.kind = Tree::Kind::scalar;
    tree.style = scan.style;
    tree.text = text;
    tree.offsets = std::move(scan.offsets);
    tree.comment_follows = scan.comment_follows;
    if (!scan.closed) {
        issues_.error(source_.place(scan.begin), "not YAML: this quoted text is not closed",
                      fmt::format("write {} where it ends", source_.text()[scan.begin]));
    }
    if (scan.comment_follows) warn_of_comment(scan);
    if (scan.style == Tree::Style::double_quoted) warn_of_path(scan);
    tree.place = source_.place(scan.begin, scan.end - scan.begin);
    refuse_slip(scan, text);
    if (scan.property_end > scan.property_begin) {
        tree.property = source_.place(scan.property_begin, scan.property_end - scan.property_begin);
        tree.property_kind = source_.text()[scan.property_begin];
        if (text.empty() && scan.style == Tree::Style::plain) tree.place = tree.property;
        refuse_tag(tree);
    }
    // A plain text cannot begin like an alias: it was one of no anchor, told and made text by the reader.
    if (scan.style == Tree::Style::plain && !text.empty() && source_.text()[scan.begin] == '*') {
        tree.property = tree.place;
        tree.property_kind = '!';
    }
    return tree;
}

// Between two scalars there are brackets, commas and comments alone, in the order of the source. An anchor or tag is no comment.
void TreeBuilder::pass(const Scan& scan) {
    const bool property = scan.property_end > scan.property_begin;
    const std::size_t begin = property ? scan.property_begin : scan.begin;
    look_for_comments(begin);
    passed_ = std::max({passed_, scan.end, scan.offsets.empty() ? 0 : std::size_t{scan.offsets.back()} + 1});
}

bool TreeBuilder::look_for_comments(std::size_t until) {
    if (until > passed_) lost_in_comment_ = tell_glued_comment(source_, passed_, until, issues_) || lost_in_comment_;
    passed_ = std::max(passed_, until);
    return lost_in_comment_;
}

// What YAML does not allow and the parser takes all the same.
void TreeBuilder::refuse_slip(const Scan& scan, const std::string& text) {
    const std::string_view whole = std::string_view(source_.text()).substr(scan.begin, scan.end - scan.begin);
    if (scan.style == Tree::Style::plain) {
        if (text != "-") return;
        issues_.error(source_.place(scan.begin, 1), "not YAML: a '-' alone is no value here", "quote it: \"-\"");
        return;
    }
    const std::string& source = source_.text();
    if (scan.closed && scan.end > scan.begin && scan.end < source.size() && source[scan.end] == '#' &&
        source[scan.end - 1] != ' ') {
        issues_.error(source_.place(scan.end, 1), "not YAML: a comment begins after a blank",
                      "write a blank before the '#'");
    }
    if (!whole.starts_with('"')) return;
    for (std::size_t at = 1; at + 1 < whole.size(); ++at) {
        if (whole[at] != '\\') continue;
        if (whole[++at] != '\'') continue;
        issues_.error(source_.place(scan.begin + at - 1, 2), "not YAML: \\' is no escape",
                      "a ' stands for itself inside double quotes");
    }
}

// `got #5 of ${msg.n}`: what looks like a value and is cut off as a comment. A quote that is cut in two is told elsewhere,
// where an expression stands.
void TreeBuilder::warn_of_comment(const Scan& scan) {
    const std::string_view text = source_.text();
    const std::size_t at = text.find('#', scan.end), end = text.find_first_of("\r\n", at);
    const std::string_view comment = text.substr(at, end == std::string_view::npos ? end : end - at);
    const bool digit = comment.size() > 1 && comment[1] >= '0' && comment[1] <= '9';
    if (!digit && comment.find("${") == std::string_view::npos) return;
    const std::string_view value = text.substr(scan.begin, scan.end - scan.begin);
    if (std::count(value.begin(), value.end(), '\'') % 2 != 0 || std::count(value.begin(), value.end(), '"') % 2 != 0)
        return;
    issues_.warning(source_.place(at, comment.size()), "' #' begins a comment in YAML: this is not part of the value",
                    quote_value_at(source_, scan.begin));
}

// `"C:\temp"`: a path of Windows, of which an escape makes something else.
void TreeBuilder::warn_of_path(const Scan& scan) {
    const std::string_view text = std::string_view(source_.text()).substr(scan.begin);
    const bool drive = text.size() > 4 && ((text[1] | 0x20) >= 'a' && (text[1] | 0x20) <= 'z') && text[2] == ':';
    if (!drive || text[3] != '\\' || text[4] == '\\') return;
    issues_.warning(source_.place(scan.begin + 3, 2),
                    fmt::format("'{}' is an escape inside double quotes, and no part of a path", text.substr(3, 2)),
                    "put the path in single quotes, where '\\' is itself");
}

Tree TreeBuilder::take() {
    std::unordered_set<std::uint32_t> unused;
    for (const auto& [anchor, anchored] : anchored_) {
        if (!anchored.used) unused.insert(anchored.tree.property.offset);
    }
    if (!unused.empty()) mark_anchors(root_, unused);
    return std::move(root_);
}

void TreeBuilder::refuse_tag(const Tree& tree) {
    if (tree.property_kind != '!') return;
    const std::size_t begin = tree.property.offset;
    const std::size_t end = std::max<std::size_t>(begin + tree.property.length, tree.place.offset + tree.place.length);
    const std::string key = !open_.empty() && open_.back().has_key ? open_.back().key.text : "";
    const std::string_view whole = std::string_view(source_.text()).substr(begin, end - begin);
    const std::string_view tag = whole.substr(0, tree.property.length);
    issues_.error(tree.property, fmt::format("YAML takes '{}' as a tag, not as text; flows have no tags", tag),
                  quote_it(key, whole));
}

bool TreeBuilder::grow(const Weight& weight, const Place& place) {
    total_.nodes += weight.nodes;
    total_.text += weight.text;
    if (total_.nodes > max_nodes || total_.text > max_expanded_text) {
        issues_.error(place, fmt::format("the flow grows beyond {} values or {} bytes here, aliases expanded",
                                         max_nodes, max_expanded_text));
        return false;
    }
    if (open_.size() + weight.height > max_nesting) {
        issues_.error(place, fmt::format("nested more than {} levels deep", max_nesting));
        return false;
    }
    return true;
}

bool TreeBuilder::open(Tree::Kind kind, std::size_t at, Anchor anchor, bool in_flow) {
    finish_null(at);
    Open opened;
    Scan scan = scan_scalar(source_.text(), at, {}, in_flow);
    opened.tree.kind = kind;
    opened.tree.place = source_.place(scan.begin);
    opened.anchor = anchor;
    opened.in_flow = in_flow || this->in_flow();
    if (scan.property_end > scan.property_begin) {
        opened.tree.property = source_.place(scan.property_begin, scan.property_end - scan.property_begin);
        opened.tree.property_kind = source_.text()[scan.property_begin];
        if (opened.tree.property_kind == '!') {
            issues_.error(opened.tree.property, "flows have no tags", "take the tag out");
        }
    }
    if (!grow({}, opened.tree.place)) return false;
    open_.push_back(std::move(opened));
    return true;
}

bool TreeBuilder::close() {
    last_null_ = std::string::npos;
    Open closed = std::move(open_.back());
    open_.pop_back();
    return put(std::move(closed.tree), closed.weight, closed.anchor);
}

bool TreeBuilder::scalar(std::size_t at, Anchor anchor, const std::string& text) {
    finish_null(at);
    Tree tree = scanned(at, text);
    const Weight weight{1, text.size(), 1};
    return grow(weight, tree.place) && put(std::move(tree), weight, anchor);
}

bool TreeBuilder::null(std::size_t at, Anchor anchor) {
    finish_null(at);
    const std::string word(null_word_at(source_.text(), at));
    Tree tree = word.empty() && anchor == 0 ? Tree{} : scanned(at, word);
    const bool in_list = in_flow() && open_.back().tree.kind == Tree::Kind::list;
    if (in_list && word.empty() && anchor == 0 && at < source_.text().size() && source_.text()[at] == ',') {
        issues_.error(source_.place(at, 1), "not YAML: there is no value before this ','", "take the ',' out");
    }
    if (tree.kind == Tree::Kind::none) {
        tree.kind = Tree::Kind::scalar;
        const bool after_key = !open_.empty() && open_.back().has_key;
        tree.place = after_key ? open_.back().key.place : source_.place(at);
    }
    if (!grow({}, tree.place) || !put(std::move(tree), {}, anchor)) return false;
    last_null_ = word.empty() ? std::string::npos : at;
    return true;
}

bool TreeBuilder::alias(std::size_t at, Anchor anchor) {
    finish_null(at);
    const std::string& text = source_.text();
    std::size_t end = at + 1;
    while (end < text.size() && std::string_view(" \t\r\n,[]{}").find(text[end]) == std::string_view::npos) ++end;
    const Place place = source_.place(at, end - at);
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) {
        issues_.error(place, fmt::format("'{}' stands inside of what it is an alias of", text.substr(at, end - at)),
                      "write the value out, or take the alias away");
        Tree nothing;
        nothing.kind = Tree::Kind::scalar;
        nothing.place = place;
        return put(std::move(nothing), {}, 0);
    }
    if (!grow(found->second.weight, place)) return false;
    found->second.used = true;
    Tree copy = found->second.tree;
    copy.property = place;
    copy.property_kind = '*';
    return put(std::move(copy), found->second.weight, 0);
}

// A finished value goes to where it belongs.
bool TreeBuilder::put(Tree tree, const Weight& weight, Anchor anchor) {
    if (anchor != 0) {
        // The copy is held whether an alias comes or not, and so counts.
        if (!grow({weight.nodes, weight.text, 0}, tree.place)) return false;
        anchored_.insert_or_assign(anchor, Anchored{tree, weight, false});
    }
    if (open_.empty()) {
        root_ = std::move(tree);
        return true;
    }
    Open& top = open_.back();
    top.weight.nodes += weight.nodes;
    top.weight.text += weight.text;
    top.weight.height = std::max(top.weight.height, weight.height + 1);
    if (top.tree.kind == Tree::Kind::list) {
        top.tree.items.push_back(std::move(tree));
    } else if (top.has_key) {
        top.has_key = false;
        put_value(top, std::move(tree));
    } else {
        put_key(std::move(tree));
    }
    return true;
}

void TreeBuilder::put_key(Tree key) {
    Open& map = open_.back();
    map.has_key = true;
    map.key = std::move(key);
}

void TreeBuilder::put_value(Open& map, Tree value) {
    Tree key = std::move(map.key);
    if (key.kind != Tree::Kind::scalar) {
        issues_.error(key.place, "a key must be plain text, not a list or map");
        return;
    }
    if (key.text == "<<" && key.style == Tree::Style::plain) {
        issues_.error(key.place, "'<<' merges maps in YAML 1.1 only; flows are YAML 1.2",
                      "write the keys out, or put them under 'defaults'; a key of that name is quoted");
        return;
    }
    const bool nothing = key.text.empty() && key.style == Tree::Style::plain && key.property_kind == 0;
    if (nothing && map.in_flow && value.kind == Tree::Kind::scalar && value.text.empty()) {
        issues_.error(key.place, "a ',' stands where an entry should", "take one ',' out");
        return;
    }
    const auto [first, fresh] = map.seen.emplace(key.text, key.place.line);
    if (!fresh) {
        issues_.error(key.place, fmt::format("duplicate key '{}', first given in line {}", key.text, first->second),
                      "give each name once");
        return;
    }
    map.tree.keys.push_back(std::move(key.text));
    map.tree.key_places.push_back(key.place);
    map.tree.key_offsets.push_back(std::move(key.offsets));
    map.tree.items.push_back(std::move(value));
}

}  // namespace flowrun::flow
