#include "../../src/base/error.hh"
