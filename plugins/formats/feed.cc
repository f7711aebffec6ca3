#include "feed.hh"

#include <utility>

#include "shorten.hh"

namespace flowrun::formats {

using namespace sdk;

Feed::Feed(const flowrun_values* values, const Format& format, Source& source, Origin origin)
    : origin_(std::move(origin)), raw_(format.raw()), longest_(format.longest()), builder_(values), told_(values),
      decoder_(format.decoder(values)), blocks_(source, origin_.offset),
      records_(source, format.framing(), format.one_line(), longest_, origin_.offset) {}

Source::More Feed::run(Call call) {
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
            case Records::Next::stopped: return Source::More::stopped;
            case Records::Next::later: return Source::More::later;
            case Records::Next::end: return Source::More::end;
        }
        if (is_error(call.stopping())) return Source::More::stopped;
    }
}

// What becomes of a message downstream is the runner's to count.
void Feed::feed(Call call, const Record& record) {
    const Decoder::Result result = decoder_->decode(record.text);
    if (result.what == Decoder::Result::value) {
        (void)call.emit(0, origin_.told ? told(record, result.made) : result.made);
    } else if (result.what == Decoder::Result::bad) {
        raise(call, record, result.offset, result.problem);
    }
}

Value Feed::told(const Record& record, Value value) {
    told_.map().key("path").string(origin_.path);
    if (record.line != 0) told_.key("line").unsigned_integer(record.line);
    return told_.key("offset").unsigned_integer(record.offset).key("value").value(value).end().finish();
}

void Feed::raise(Call call, const Record& record, std::uint64_t at, const std::string& problem) {
    const std::uint64_t offset = record.offset + at;
    std::string place = origin_.path.empty() ? "" : origin_.path + ", ";
    place += "line " + std::to_string(record.line) + ", byte " + std::to_string(offset);
    Failure failure(Status::invalid, place + ": " + problem);
    failure.retry(Retry::no);
    builder_.map();
    if (!origin_.path.empty()) builder_.key("path").string(origin_.path);
    builder_.key("line").unsigned_integer(record.line).key("offset").unsigned_integer(offset);
    failure.detail(builder_.end().finish());
    (void)call.raise(failure, builder_.string(shorten(record.text, Records::shown)).finish());
}

Source::More Feed::run_raw(Call call) {
    for (;;) {
        if (const Input::More more = blocks_.fill(call); more != Input::More::data) return more;
        const Value block = builder_.bytes(blocks_.data()).finish();
        (void)call.emit(0, origin_.told ? told({.text = {}, .line = 0, .offset = blocks_.offset()}, block) : block);
        blocks_.consume(blocks_.data().size());
    }
}

}  // namespace flowrun::formats
