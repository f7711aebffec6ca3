#include "cells.hh"

#include <charconv>

namespace flowrun::postgres {

using namespace sdk;

namespace {

enum Oid : unsigned {
    oid_bool = 16,
    oid_bytea = 17,
    oid_int8 = 20,
    oid_int2 = 21,
    oid_int4 = 23,
    oid_oid = 26,
    oid_json = 114,
    oid_float4 = 700,
    oid_float8 = 701,
    oid_numeric = 1700,
    oid_jsonb = 3802
};

std::string hex(std::string_view bytes) {
    std::string out = "\\x";
    for (const char c : bytes) {
        for (const int shift : {4, 0}) out += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
    }
    return out;
}

std::string unhex(std::string_view text) {
    std::string out;
    if (text.starts_with("\\x")) text.remove_prefix(2);
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        unsigned char byte = 0;
        std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
        out += static_cast<char>(byte);
    }
    return out;
}

void build_cell(Build& out, unsigned type, std::string_view text) {
    switch (type) {
        case oid_bool: out.boolean(text == "t"); return;
        case oid_bytea: out.bytes(unhex(text)); return;
        // Not a number in JSON: NaN and the infinities.
        case oid_int2:
        case oid_int4:
        case oid_int8:
        case oid_oid:
        case oid_float4:
        case oid_float8:
        case oid_numeric:
        case oid_json:
        case oid_jsonb:
            if (!out.json(text)) out.string(text);
            return;
        default: out.string(text);
    }
}

}  // namespace

Parameter parameter_of(Value value) {
    switch (value.kind()) {
        case Kind::absent:
        case Kind::null: return std::nullopt;
        case Kind::bytes: return hex(value.text().value_or(""));
        case Kind::string: {
            std::string text(value.text().value_or(""));
            if (text.find('\0') != text.npos)
                throw Failure(Status::invalid, "a text with a NUL in it cannot be put into the database");
            return text;
        }
        default: return value.json();
    }
}

void build_row(Build& out, const Result& rows, int row) {
    out.map();
    for (int i = 0; i < rows.columns(); ++i) {
        out.key(PQfname(rows.get(), i));
        if (rows.is_null(row, i)) out.null();
        else build_cell(out, PQftype(rows.get(), i), rows.bytes(row, i));
    }
    out.end();
}

void append_field(std::string& to, const Parameter& value) {
    if (!value) {
        to += "\\N";
        return;
    }
    for (const char c : *value) {
        switch (c) {
            case '\\': to += "\\\\"; break;
            case '\n': to += "\\n"; break;
            case '\r': to += "\\r"; break;
            case '\t': to += "\\t"; break;
            default: to += c;
        }
    }
}

}  // namespace flowrun::postgres
