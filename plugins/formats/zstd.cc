#include <zstd.h>

#include <new>

#include "packing.hh"

namespace flowrun::formats {
namespace {

using namespace sdk;

class ZstdUnpacker final : public Unpacker {
public:
    ZstdUnpacker() : stream_(::ZSTD_createDStream()) {
        if (!stream_) throw std::bad_alloc();
    }

    std::size_t unpack(std::string_view& packed, char* to, std::size_t room) override {
        if (ended_ && packed.empty()) return 0;
        ZSTD_inBuffer in{packed.data(), packed.size(), 0};
        ZSTD_outBuffer out{to, room, 0};
        const std::size_t result = ::ZSTD_decompressStream(stream_.get(), &out, &in);
        packed.remove_prefix(in.pos);
        if (::ZSTD_isError(result)) {
            throw Failure(Status::permanent, std::string("it is damaged, or not zstd: ") + ::ZSTD_getErrorName(result));
        }
        ended_ = result == 0;
        return out.pos;
    }
    bool whole() const override { return ended_; }

private:
    struct Free {
        void operator()(ZSTD_DStream* stream) const { (void)::ZSTD_freeDStream(stream); }
    };
    std::unique_ptr<ZSTD_DStream, Free> stream_;
    bool ended_ = false;  // a frame; another may follow
};

class ZstdPacker final : public Packer {
public:
    explicit ZstdPacker(int level) : stream_(::ZSTD_createCCtx()) {
        if (!stream_) throw std::bad_alloc();
        (void)::ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_compressionLevel,
                                       level == 0 ? ZSTD_CLEVEL_DEFAULT : level);
        (void)::ZSTD_CCtx_setParameter(stream_.get(), ZSTD_c_checksumFlag, 1);
    }

    void pack(std::string_view text, std::string& out) override { compress(text, ZSTD_e_continue, out); }
    void flush(std::string& out) override { compress({}, ZSTD_e_flush, out); }
    void finish(std::string& out) override { compress({}, ZSTD_e_end, out); }

private:
    struct Free {
        void operator()(ZSTD_CCtx* stream) const { (void)::ZSTD_freeCCtx(stream); }
    };
    static constexpr std::size_t step = std::size_t{128} << 10U;

    void compress(std::string_view text, ZSTD_EndDirective how, std::string& out) {
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        for (;;) {
            const std::size_t before = out.size();
            out.resize(before + step);
            ZSTD_outBuffer made{out.data() + before, step, 0};
            const std::size_t left = ::ZSTD_compressStream2(stream_.get(), &made, &in, how);
            out.resize(before + made.pos);
            if (::ZSTD_isError(left)) throw Failure(Status::internal, ::ZSTD_getErrorName(left));
            if (how == ZSTD_e_continue ? in.pos == in.size : left == 0) return;
        }
    }

    std::unique_ptr<ZSTD_CCtx, Free> stream_;
};

}  // namespace

std::unique_ptr<Unpacker> zstd_unpacker() { return std::make_unique<ZstdUnpacker>(); }
std::unique_ptr<Packer> zstd_packer(int level) { return std::make_unique<ZstdPacker>(level); }

}  // namespace flowrun::formats
