#pragma once
// A Tree being made of a parser's events, with the limits of limits.hh: how deep, how many nodes and how much text once
// aliases are expanded. Each function but take is one event and says whether to go on; what is wrong is told in Issues.

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/issue.hh"
#include "flow/scan.hh"
#include "flow/source.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

class TreeBuilder {
public:
    using Anchor = std::size_t;  // 0: none

    TreeBuilder(const Source& source, Issues& issues) : source_(source), issues_(issues) {}

    bool open(Tree::Kind kind, std::size_t at, Anchor anchor, bool in_flow);
    bool close();
    bool scalar(std::size_t at, Anchor anchor, const std::string& text);
    bool null(std::size_t at, Anchor anchor);  // nothing, or one of the words for it
    bool alias(std::size_t at, Anchor anchor);

    Tree take();

    // Looks at what stands behind the last scalar. Whether a comment without a blank before it, there or before, took a part of a
    // list or map along, which has been told then.
    bool look_for_comments(std::size_t until);

private:
    struct Weight {
        std::size_t nodes = 1, text = 0, height = 1;
    };
    struct Open {
        Tree tree;
        Anchor anchor = 0;
        bool in_flow = false;
        Weight weight;
        bool has_key = false;  // of a map: a key waits for its value
        Tree key;
        std::unordered_map<std::string, std::uint32_t> seen;  // keys with their lines
    };
    struct Anchored {
        Tree tree;
        Weight weight;
        bool used = false;
    };

    void pass(const Scan& scan);
    void finish_null(std::size_t at);
    Tree scanned(std::size_t at, const std::string& text);
    void refuse_tag(const Tree& tree);
    void warn_of_comment(const Scan& scan);
    void warn_of_path(const Scan& scan);
    void refuse_slip(const Scan& scan, const std::string& text);
    bool grow(const Weight& weight, const Place& place);
    bool put(Tree tree, const Weight& weight, Anchor anchor);
    void put_key(Tree key);
    void put_value(Open& map, Tree value);
    bool in_flow() const { return !open_.empty() && open_.back().in_flow; }

    const Source& source_;
    Issues& issues_;
    Tree root_;
    std::vector<Open> open_;
    std::unordered_map<Anchor, Anchored> anchored_;
    Weight total_{0, 0, 0};
    std::size_t passed_ = 0;  // up to where comments have been looked at
    bool lost_in_comment_ = false;
    std::size_t last_null_ = std::string::npos;  // where the parser said that a null stands
};

}  // namespace flowrun::flow
