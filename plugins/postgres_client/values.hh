#pragma once
// What goes with a statement and what comes back, in PostgreSQL's binary form.

#include <libpq-fe.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::postgres {

// The values of $1, $2, … in turn. The statement casts each to its type ($1::int8).
class Values {
public:
    Values& int4(std::int32_t value);
    Values& int8(std::int64_t value);
    Values& bytes(std::string_view value);  // bytea, text; borrowed
    Values& text(std::string value);        // the same, kept
    Values& null();
    Values& int4s(const std::vector<std::int32_t>& values);
    Values& int8s(const std::vector<std::int64_t>& values);
    Values& optional_int8s(const std::vector<std::optional<std::int64_t>>& values);
    Values& byteas(const std::vector<std::string_view>& values);  // without data: NULL
    Values& texts(const std::vector<std::string_view>& values);   // the same

    int count() const { return static_cast<int>(pointers_.size()); }
    const char* const* pointers() const { return pointers_.data(); }
    const int* sizes() const { return sizes_.data(); }
    const int* formats() const { return formats_.data(); }
    std::size_t size() const { return total_; }

private:
    Values& keep(std::string value);
    Values& add(std::string_view value);
    Values& array(std::uint32_t type, const std::vector<std::string_view>& values);

    std::deque<std::string> kept_;
    std::vector<const char*> pointers_;
    std::vector<int> sizes_, formats_;
    std::size_t total_ = 0;
};

// Rows, or an error. Cells are read as the types that the statement says; one that has another size is 0.
class Result {
public:
    explicit Result(PGresult* result) : result_(result) {}
    ExecStatusType status() const { return PQresultStatus(result_.get()); }
    bool failed() const { return status() == PGRES_FATAL_ERROR || status() == PGRES_PIPELINE_ABORTED; }
    std::string state() const;  // SQLSTATE
    std::string error() const;  // one line

    int rows() const { return PQntuples(result_.get()); }
    int columns() const { return PQnfields(result_.get()); }
    bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
    std::string_view bytes(int row, int column) const;
    std::int64_t integer(int row, int column) const;  // bool, int2, int4, int8
    std::uint64_t affected() const;
    PGresult* get() const { return result_.get(); }

private:
    struct Free {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Free> result_;
};

}  // namespace flowrun::postgres
