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

class Feed {
public:
    // `path` goes before the place of a bad record; empty: there is but one stream.
    Feed(const flowrun_values* values, const Format& format, Source& source, std::string path = {});

    // ok at the end of the stream, or what Call::stopping says. Throws sdk::Failure when reading fails.
    sdk::Status run(sdk::Call call);

private:
    sdk::Status run_raw(sdk::Call call);
    void feed(sdk::Call call, const Record& record);
    void raise(sdk::Call call, const Record& record, std::uint64_t at, const std::string& problem);

    Source& source_;
    std::string path_;
    bool raw_;
    std::uint64_t longest_;
    sdk::Builder builder_;
    std::unique_ptr<Decoder> decoder_;
    Records records_;
};

}  // namespace flowrun::formats
