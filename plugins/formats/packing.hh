#pragma once
// Compressed data, as streams.

#include <flowrun/component.hh>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace flowrun::formats {

class Unpacker {
public:
    virtual ~Unpacker() = default;
    // Takes from the front of `packed`, and returns how much it made of at most `room` bytes. As long as that is
    // anything there may be more, even where `packed` is empty. Throws sdk::Failure for what is damaged.
    virtual std::size_t unpack(std::string_view& packed, char* to, std::size_t room) = 0;
    // Whether the input may end here.
    virtual bool whole() const = 0;
};

class Packer {
public:
    virtual ~Packer() = default;
    virtual void pack(std::string_view text, std::string& out) = 0;
    // All that was packed can be read from `out` as far as it goes.
    virtual void flush(std::string& out) = 0;
    // The end of the stream; what is packed next begins another behind it, which readers take as one.
    virtual void finish(std::string& out) = 0;
};

std::unique_ptr<Unpacker> gzip_unpacker();
std::unique_ptr<Unpacker> zstd_unpacker();
// Of HTTP's `deflate`: with the header of zlib, or raw, as the first two bytes say.
std::unique_ptr<Unpacker> deflate_unpacker(std::string_view beginning);
std::unique_ptr<Packer> gzip_packer(int level);  // 0: the usual one
std::unique_ptr<Packer> zstd_packer(int level);

}  // namespace flowrun::formats
