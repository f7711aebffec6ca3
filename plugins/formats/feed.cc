#include "feed.hh"

#include <utility>

#include "shorten.hh"

namespace flowrun::formats {

using namespace sdk;

Feed::Feed(const flowrun_values* values, const Format& format, Source& source, std::string path)
    : source_(source), path_(std::move(path)), raw_(format.raw()), longest_(format.longest()), builder_(values),
      decoder_(format.decoder(values)), records_(source, format.framing(), format.one_line(), longest_) {}

Status Feed::run(Call call) {
    if (raw_) return run_raw(call);
    for (;;) {
        switch (records_.next(call)) {
            case Records::Next::record: feed(call, records_.record()); break;
            case Records::Next::too_long:
                raise(call, records_.record(), 0,
                      "longer than " + std::to_string(longest_) + " bytes, the limit set by max_line; skipped");
                break;
            case Records::Next::broken:
                raise(call, records_.record(), 0,
                      std::string(records_.problem()) + "; the rest of the input is not read");
                break;
            case Records::Next::stopped: return call.stopping();
            case Records::Next::end: return Status::ok;
        }
        if (const Status status = call.stopping(); is_error(status)) return status;
    }
}

// What becomes of a message downstream is the runner's to count.
void Feed::feed(Call call, const Record& record) {
    const Decoder::Result result = decoder_->decode(record.text);
    if (result.what == Decoder::Result::value) (void)call.emit(0, result.made);
    else if (result.what == Decoder::Result::bad) raise(call, record, result.offset, result.problem);
}

void Feed::raise(Call call, const Record& record, std::uint64_t at, const std::string& problem) {
    const std::uint64_t offset = record.offset + at;
    std::string place = path_.empty() ? "" : path_ + ", ";
    place += "line " + std::to_string(record.line) + ", byte " + std::to_string(offset);
    Failure failure(Status::invalid, place + ": " + problem);
    failure.retry(Retry::no);
    builder_.map();
    if (!path_.empty()) builder_.key("path").string(path_);
    builder_.key("line").unsigned_integer(record.line).key("offset").unsigned_integer(offset);
    failure.detail(builder_.end().finish());
    (void)call.raise(failure, builder_.string(shorten(record.text, Records::shown)).finish());
}

Status Feed::run_raw(Call call) {
    Input input(source_);
    for (;;) {
        const Input::More more = input.fill(call);
        if (more == Input::More::stopped) return call.stopping();
        if (more == Input::More::end) return Status::ok;
        (void)call.emit(0, builder_.bytes(input.data()).finish());
        input.consume(input.data().size());
    }
}

}  // namespace flowrun::formats
