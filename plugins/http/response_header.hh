#pragma once
// The header of a response as it arrives, line by line. Each status line begins it anew: of interim responses nothing
// is kept.

#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::http {

class ResponseHeader {
public:
    // False: with this line it is larger than any header may be.
    bool take(std::string_view line);
    // Its end, a blank line, has come. Without it what follows is not known to be all.
    bool is_whole() const { return whole_; }
    void clear();

    // The first of that name, which is in lower case; empty: there is none.
    std::string_view get(std::string_view name) const;
    // Why no one can tell how long the body is; empty: it can be told.
    std::string mistake() const;
    // The body's bytes as the header says; nothing: it does not.
    std::optional<std::uint64_t> body_size() const;

    // A map. Several of one name are one, joined by commas; cookies, which may hold commas, are a list. `decoded`: the
    // body is not coded any more, so that what says so is left out.
    void build(sdk::Builder& builder, bool decoded) const;

private:
    struct Line {
        std::string name, value;
    };

    std::string all_of(std::string_view name) const;
    void add(std::string_view line);

    std::vector<Line> lines_;  // the names in lower case
    std::size_t size_ = 0;     // of all that has come, interim responses with it
    bool begun_ = false, whole_ = false;
};

}  // namespace flowrun::http
