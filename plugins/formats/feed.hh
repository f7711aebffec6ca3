#pragma once
// A source's run over one stream: each record leaves by the first output, one that cannot be read is raised with its
// place, and reading goes on.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "format.hh"
#include "input.hh"
#include "records.hh"
#include "source.hh"

namespace flowrun::formats {

// Where the stream comes from, as its records tell it.
struct Origin {
    std::string path = {};     // goes before the place of a bad record; empty: there is but one stream
    std::uint64_t offset = 0;  // where in it the source begins
    bool told = false;         // a record leaves as {path, line, offset, value}
};

class Feed {
public:
    Feed(const flowrun_values* values, const Format& format, Source& source, Origin origin = {});

    // Until the end, until there is nothing for now (later: to go on call it again), or until it is stopped. Throws
    // sdk::Failure when reading fails.
    Source::More run(sdk::Call call);

private:
    Source::More run_raw(sdk::Call call);
    void feed(sdk::Call call, const Record& record);
    void raise(sdk::Call call, const Record& record, std::uint64_t at, const std::string& problem);
    sdk::Value told(const Record& record, sdk::Value value);

    Origin origin_;
    bool raw_;
    std::uint64_t longest_;
    sdk::Builder builder_, told_;
    std::unique_ptr<Decoder> decoder_;
    Input blocks_;  // of raw
    Records records_;
};

}  // namespace flowrun::formats
