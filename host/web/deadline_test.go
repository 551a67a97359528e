package web

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestDeadlineEndsLikeAnyOther(t *testing.T) {
	d := within(context.Background(), 10*time.Millisecond)
	defer d.cancel()
	child, stop := context.WithTimeout(d, time.Hour)
	defer stop()
	if d.Err() != nil {
		t.Fatal(d.Err())
	}
	select {
	case <-child.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("a child outlives it")
	}
	if !errors.Is(d.Err(), context.DeadlineExceeded) || !errors.Is(child.Err(), context.DeadlineExceeded) {
		t.Errorf("%v, %v", d.Err(), child.Err())
	}
	parent, end := context.WithCancel(context.Background())
	d = within(parent, time.Hour)
	end()
	<-d.Done()
	if !errors.Is(d.Err(), context.Canceled) {
		t.Errorf("with its parent: %v", d.Err())
	}
	d.cancel()
	within(context.Background(), time.Hour).cancel() // that nobody waited for

	d = within(context.Background(), time.Hour)
	child, stop = context.WithTimeout(d, time.Hour)
	defer stop()
	d.cancel()
	<-child.Done()
	if !errors.Is(child.Err(), context.Canceled) {
		t.Errorf("a child of one that was cancelled: %v", child.Err())
	}
}
