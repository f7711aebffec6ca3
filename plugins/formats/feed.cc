#include "feed.hh"

#include <utility>

#include "shorten.hh"

namespace flowrun::formats {

using namespace sdk;

Feed::Feed(const flowrun_values* values, const Format& format, Source& source, Window& window, Origin origin)
    : decoded_(format.encoding() ? decoded(source, format.encoding()) : nullptr), encoding_(format.encoding().name),
      header_due_(format.has_header()), origin_(std::move(origin)), whole_(format.raw()), blocks_only_(format.blocks()),
      may_hint_(format.ndjson()), longest_(format.longest()), builder_(values), told_(values),
      decoder_(format.decoder(values)), blocks_(source, origin_.offset),
      records_(decoded_ ? *decoded_ : source, format.framing(), format.one_line(), longest_, origin_.offset,
               origin_.line),
      window_(window) {}

Feed::Place Feed::settled() {
    const std::uint64_t dealt_with = window_.dealt_with();
    while (!open_.empty() && open_.front().number < dealt_with) open_.pop_front();
    if (!open_.empty()) return open_.front().from;
    if (blocks_only_) return {blocks_.offset(), 1};
    return {records_.end(), records_.end_line()};
}

Source::More Feed::run(Call call, std::int64_t until) {
    try {
        const Source::More more = go_on(call, until);
        if (more != Source::More::later) (void)window_.settle(call);
        return more;
    } catch (const Failure&) {
        (void)window_.settle(call);
        throw;
    }
}

Source::More Feed::go_on(Call call, std::int64_t until) {
    held_up_ = false;
    if (whole_) return run_whole(call);
    if (blocks_only_) return run_blocks(call, until);
    for (;;) {
        switch (records_.next(call)) {
            case Records::Next::record: feed(call, records_.record()); break;
            case Records::Next::too_long:
                raise(call, records_.record(), 0, too_long(records_.record()) + "; skipped");
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
        if (is_time(call, until)) return Source::More::later;
    }
}

std::string Feed::too_long(const Record& record) const {
    std::string text = "longer than " + std::to_string(longest_) + " bytes, the limit set by max_line";
    if (record.lines > 1) text += ": it goes over " + std::to_string(record.lines) + " lines";
    return text;
}

// A text that is printed over several lines is seen as many bad ones, the first of which breaks off where more is to come.
std::string Feed::hint(std::string_view text, std::uint64_t at) {
    const std::size_t end = text.find_last_not_of(" \t\r");
    if (!may_hint_ || end == text.npos || end >= at || std::string_view("{[,").find(text[end]) == text.npos) return "";
    may_hint_ = false;
    return "; a text that goes on over several lines needs format: json";
}

// What ends the input is told with where it stands.
Decoder::Result Feed::decode(const Record& record) {
    try {
        return decoder_->decode(record.text);
    } catch (const Failure& failure) {
        if (origin_.path.empty()) throw;
        throw Failure(failure.code(), origin_.path + ": " + failure.what());
    }
}

// What becomes of a message downstream is the runner's to count.
void Feed::send(Call call, Value value, std::uint64_t size, Place from, const flowrun_meta* meta) {
    const std::uint64_t number = window_.sent();
    (void)window_.emit(call, value, size, meta);
    if (window_.dealt_with() > number) return;
    (void)settled();  // else those that are dealt with would stay
    open_.push_back({number, from});
}

void Feed::feed(Call call, const Record& record) {
    const std::size_t bad = encoding_.empty() ? std::string_view::npos : record.text.find(undecodable);
    const bool header = std::exchange(header_due_, false);  // without it the rows mean nothing: its decoder says so
    if (bad != std::string_view::npos && !header) {
        raise(call, record, bad, "here are bytes that are no text in " + encoding_);
        return;
    }
    const Decoder::Result result = decode(record);
    if (result.what == Decoder::Result::value) {
        send(call, origin_.told ? told(record, result.made) : result.made, record.text.size(),
             {record.offset, record.line});
    } else if (result.what == Decoder::Result::bad) {
        raise(call, record, result.offset, result.problem + hint(record.text, result.offset));
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

Source::More Feed::run_whole(Call call) {
    while (blocks_.data().size() <= longest_) {
        const Input::More more = blocks_.fill(call);
        if (more == Input::More::data) continue;
        if (more != Input::More::end) return more;
        const Value bytes = builder_.bytes(blocks_.data()).finish();
        send(call, origin_.told ? told({.text = {}, .line = 0}, bytes) : bytes, blocks_.data().size(), {});
        return more;
    }
    const Record beginning{.text = blocks_.data().substr(0, Records::shown)};
    raise(call, beginning, 0, too_long(beginning) + "; format: blocks reads it in pieces");
    return Input::More::end;
}

// Each says which it is.
Source::More Feed::run_blocks(Call call, std::int64_t until) {
    flowrun_meta meta{};
    meta.size = sizeof meta;
    meta.total = -1;
    for (;;) {
        if (const Input::More more = blocks_.fill(call); more != Input::More::data) return more;
        const Value block = builder_.bytes(blocks_.data()).finish();
        meta.index = block_++;
        send(call, origin_.told ? told({.text = {}, .line = 0, .offset = blocks_.offset()}, block) : block,
             blocks_.data().size(), {blocks_.offset(), 1}, &meta);
        blocks_.consume(blocks_.data().size());
        if (is_time(call, until)) return Source::More::later;
    }
}

}  // namespace flowrun::formats
