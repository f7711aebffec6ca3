#include "unpacked.hh"

namespace flowrun::file {

using namespace sdk;

// Whether more bytes may still make it a compressed file: a FIFO may have no more for long.
bool Unpacked::may_be_packed(std::string_view beginning) const {
    const auto begins = [beginning](std::string_view magic) { return magic.starts_with(beginning); };
    return compression_ == Compression::by_file && (begins("\x1f\x8b\x08") || begins("\x28\xb5\x2f\xfd"));
}

// The first bytes decide. Where they are plain text they are handed on as they lie.
formats::Source::Read Unpacked::begin(Call call, char* to, std::size_t room) {
    constexpr std::size_t enough = 4;
    std::size_t got = 0;
    Read read;
    do {
        read = from_.read(call, to + got, room - got);
        got += read.size;
    } while (read.what == More::data && got < enough && may_be_packed({to, got}));
    if (read.what == More::stopped) return read;
    begun_ = true;
    choose({to, got});
    if (!unpacker_) return got > 0 ? Read{.what = More::data, .size = got} : read;
    block_.assign(to, got);
    packed_ = block_;
    return unpack(call, to, room);
}

void Unpacked::choose(std::string_view beginning) {
    if (compression_ == Compression::by_file) {
        compression_ = compression_of_bytes(beginning);
        if (compression_ == Compression::none) compression_ = compression_of_name(path_);
    }
    if (compression_ == Compression::gzip) unpacker_ = gzip_unpacker();
    if (compression_ == Compression::zstd) unpacker_ = zstd_unpacker();
}

formats::Source::Read Unpacked::unpack(Call call, char* to, std::size_t room) {
    for (;;) {
        std::size_t made = 0;
        try {
            made = unpacker_->unpack(packed_, to, room);
        } catch (const Failure& failure) {
            throw Failure(failure.code(), "unpacking " + path_ + ": " + failure.what());
        }
        if (made > 0) return {.what = More::data, .size = made};
        if (!packed_.empty()) continue;
        block_.resize(block);
        const Read read = from_.read(call, block_.data(), block_.size());
        if (read.what == More::end && !unpacker_->whole()) {
            throw Failure(Status::permanent,
                          "unpacking " + path_ + ": it is cut off: it ends within its compressed data");
        }
        if (read.what != More::data) return read;
        packed_ = std::string_view(block_).substr(0, read.size);
    }
}

formats::Source::Read Unpacked::read(Call call, char* to, std::size_t room) {
    if (!begun_) return begin(call, to, room);
    return unpacker_ ? unpack(call, to, room) : from_.read(call, to, room);
}

}  // namespace flowrun::file
