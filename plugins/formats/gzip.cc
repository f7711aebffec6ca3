#include <zlib.h>

#include <algorithm>
#include <limits>

#include "packing.hh"

namespace flowrun::formats {
namespace {

using namespace sdk;

constexpr int largest_window = 15, gzip_header = 16;
constexpr int window_with_gzip_header = largest_window + gzip_header;

uInt limited(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}
// zlib does not write through it.
Bytef* bytes_of(std::string_view text) { return reinterpret_cast<Bytef*>(const_cast<char*>(text.data())); }

class ZlibUnpacker final : public Unpacker {
public:
    ZlibUnpacker(int window, const char* name) : window_(window), name_(name) {
        if (::inflateInit2(&stream_, window) != Z_OK) throw std::bad_alloc();
    }
    ZlibUnpacker(const ZlibUnpacker&) = delete;
    ZlibUnpacker& operator=(const ZlibUnpacker&) = delete;
    ~ZlibUnpacker() override { (void)::inflateEnd(&stream_); }

    std::size_t unpack(std::string_view& packed, char* to, std::size_t room) override {
        if (ended_ && !begin_next(packed)) return 0;
        stream_.next_in = bytes_of(packed);
        stream_.avail_in = limited(packed.size());
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = limited(room);
        const uInt given = stream_.avail_in, wanted = stream_.avail_out;
        const int result = ::inflate(&stream_, Z_NO_FLUSH);
        packed.remove_prefix(given - stream_.avail_in);
        if (result == Z_MEM_ERROR) throw std::bad_alloc();
        if (result == Z_NEED_DICT || result == Z_DATA_ERROR || result == Z_STREAM_ERROR) {
            throw Failure(Status::permanent, std::string("it is damaged, or not ") + name_ + ": " +
                                                 (stream_.msg ? stream_.msg : "it needs a dictionary"));
        }
        ended_ = result == Z_STREAM_END;
        return wanted - stream_.avail_out;
    }
    bool whole() const override { return ended_; }

private:
    // Members of gzip may follow one another, and zeros the last: tapes are filled up with them.
    bool begin_next(std::string_view& packed) {
        if (window_ != window_with_gzip_header) return false;
        packed.remove_prefix(std::min(packed.find_first_not_of('\0'), packed.size()));
        if (packed.empty()) return false;
        (void)::inflateReset(&stream_);
        ended_ = false;
        return true;
    }

    const int window_;
    const char* const name_;
    z_stream stream_{};
    bool ended_ = false;
};

bool has_zlib_header(std::string_view beginning) {
    if (beginning.size() < 2) return true;
    const unsigned first = static_cast<unsigned char>(beginning[0]), second = static_cast<unsigned char>(beginning[1]);
    return (first & 0xFU) == Z_DEFLATED && (first * 256 + second) % 31 == 0;
}

class GzipPacker final : public Packer {
public:
    explicit GzipPacker(int level) {
        constexpr int usual_memory = 8;
        if (::deflateInit2(&stream_, level == 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED, window_with_gzip_header,
                           usual_memory, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    GzipPacker(const GzipPacker&) = delete;
    GzipPacker& operator=(const GzipPacker&) = delete;
    ~GzipPacker() override { (void)::deflateEnd(&stream_); }

    void pack(std::string_view text, std::string& out) override {
        while (!text.empty()) {
            const std::string_view part = text.substr(0, std::numeric_limits<uInt>::max());
            deflate(part, Z_NO_FLUSH, out);
            text.remove_prefix(part.size());
        }
    }
    void flush(std::string& out) override { deflate({}, Z_SYNC_FLUSH, out); }
    void finish(std::string& out) override {
        deflate({}, Z_FINISH, out);
        (void)::deflateReset(&stream_);
    }

private:
    static constexpr std::size_t step = std::size_t{32} << 10U;

    void deflate(std::string_view text, int how, std::string& out) {
        stream_.next_in = bytes_of(text);
        stream_.avail_in = static_cast<uInt>(text.size());
        do {
            const std::size_t before = out.size();
            out.resize(before + step);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = step;
            (void)::deflate(&stream_, how);
            out.resize(before + step - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
};

}  // namespace

std::unique_ptr<Unpacker> gzip_unpacker() { return std::make_unique<ZlibUnpacker>(window_with_gzip_header, "gzip"); }
std::unique_ptr<Unpacker> deflate_unpacker(std::string_view beginning) {
    const int window = has_zlib_header(beginning) ? largest_window : -largest_window;
    return std::make_unique<ZlibUnpacker>(window, "deflate");
}
std::unique_ptr<Packer> gzip_packer(int level) { return std::make_unique<GzipPacker>(level); }

}  // namespace flowrun::formats
