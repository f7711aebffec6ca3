#include "value/value.hh"
