#pragma once
// What a kind of value is called in messages.

#include <flowrun/component.hh>

namespace flowrun::formats {

inline const char* name_of(sdk::Kind kind) {
    switch (kind) {
        case sdk::Kind::null: return "null";
        case sdk::Kind::boolean: return "a bool";
        case sdk::Kind::integer:
        case sdk::Kind::unsigned_integer:
        case sdk::Kind::real:
        case sdk::Kind::number: return "a number";
        case sdk::Kind::string: return "a string";
        case sdk::Kind::bytes: return "bytes";
        case sdk::Kind::list: return "a list";
        case sdk::Kind::map: return "a map";
        case sdk::Kind::absent: return "nothing";
    }
    return "nothing";
}

}  // namespace flowrun::formats
