// P1: a chain of 8 closures, each of which looks at the error that comes back.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type message struct{ id int64 }
type handler func(*message) error

func pass(next handler) handler {
	return func(m *message) error {
		if err := next(m); err != nil {
			return err
		}
		return nil
	}
}

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	arrived := 0
	chain := handler(func(*message) error { arrived++; return nil })
	for i := 0; i < 8; i++ {
		chain = pass(chain)
	}
	m := &message{1}
	start := time.Now()
	for i := 0; i < count; i++ {
		if chain(m) != nil {
			os.Exit(1)
		}
	}
	fmt.Fprintf(os.Stderr, "BENCH ops=%d secs=%.9f\n", arrived*8, time.Since(start).Seconds())
}
