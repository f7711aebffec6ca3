// P2: 4 goroutines, each behind a channel of 1024.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

type message struct{ id int64 }

func main() {
	count, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	first := make(chan *message, 1024)
	from := first
	for i := 0; i < 3; i++ {
		to := make(chan *message, 1024)
		go func(from, to chan *message) {
			for m := range from {
				to <- m
			}
			close(to)
		}(from, to)
		from = to
	}
	go func() {
		m := &message{1}
		for i := 0; i < count; i++ {
			first <- m
		}
		close(first)
	}()
	arrived := 0
	for range from {
		arrived++
	}
	fmt.Fprintf(os.Stderr, "BENCH ops=%d secs=%.9f\n", arrived, time.Since(start).Seconds())
}
