// Package proxy stands between a client and a server on real sockets and breaks what passes through: late, cut off before the
// request arrived, cut off after it arrived, half an answer, no connection at all.
//
// It knows TCP, and of HTTP/1.1 the request line and where a request ends. It refuses to know who talks to whom about what, and
// changes no byte.
//
// Start reading at Open, then link.request: what happens to one request.
package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"
)

// Fault is what happens to a connection or a request.
type Fault string

// The faults.
const (
	Refused     Fault = "refused"      // the connection is cut as soon as it is made
	Late        Fault = "late"         // the request is passed on, but not at once
	ResetBefore Fault = "reset-before" // the connection is cut, the server never hears of the request
	LostAnswer  Fault = "lost-answer"  // the server has the whole request, the connection is cut instead of its answer
	HalfAnswer  Fault = "half-answer"  // the connection is cut in the middle of the answer
)

// Faults lists all of them.
func Faults() []Fault { return []Fault{Refused, Late, ResetBefore, LostAnswer, HalfAnswer} }

// Options say what passes. The zero value of everything but Target breaks nothing.
type Options struct {
	// Target is the server, host:port.
	Target string
	Seed   uint64
	// Opaque says that the bytes are not HTTP: connections may be refused or late, requests are not seen.
	Opaque bool
	// Owner, if not nil, names the process that has the client's end of a connection between two ports of this machine open, 0 if
	// it is not known.
	Owner func(client, server int) int
}

// Request is one HTTP request that was on its way.
type Request struct {
	At           time.Time // when its first bytes arrived
	Whole        time.Time // when its last byte arrived; zero if it never did, and then no server carries it out
	Method, Path string
	// Batch says that it is a Graph batch with at least one write in it.
	Batch bool
	// Owner is the process that made it, 0 if it is not known.
	Owner int
	Fault Fault // empty: none
}

// Writes reports whether the request asks for a change.
func (r Request) Writes() bool {
	if strings.HasSuffix(r.Path, "/$batch") {
		return r.Batch
	}
	return r.Method != "GET" && r.Method != "HEAD"
}

// Proxy listens. Close it.
type Proxy struct {
	options  Options
	listener net.Listener
	serving  sync.WaitGroup

	mu       sync.Mutex
	rng      *rand.Rand     // guarded by mu
	percent  int            // guarded by mu; so many of a hundred requests meet a fault
	links    map[*link]bool // guarded by mu
	requests []Request      // guarded by mu
	faults   map[Fault]int  // guarded by mu
	waiting  int            // guarded by mu; requests without an answer
	most     int            // guarded by mu
	closed   bool           // guarded by mu
}

// Open listens on a free port of this machine until Close.
func Open(ctx context.Context, options Options) (*Proxy, error) {
	var network net.ListenConfig
	listener, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as a proxy of %s: %w", options.Target, err)
	}
	p := &Proxy{options: options, listener: listener, rng: rand.New(rand.NewPCG(options.Seed, 0xfa17)), links: map[*link]bool{}, faults: map[Fault]int{}}
	p.serving.Go(p.accept)
	return p, nil
}

// Addr is where it listens, host:port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Break lets so many of a hundred requests meet a fault from now on; 0 heals.
func (p *Proxy) Break(percent int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.percent = percent
}

// Requests returns the requests so far, in the order of their arrival.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Request(nil), p.requests...)
}

// Struck counts the faults so far.
func (p *Proxy) Struck() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[Fault]int{}
	for fault, n := range p.faults {
		out[fault] = n
	}
	return out
}

// Most is how many requests were without an answer at once, at most.
func (p *Proxy) Most() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// Close cuts every connection and waits for what runs.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	for l := range p.links {
		l.cut()
	}
	p.mu.Unlock()
	err := p.listener.Close()
	p.serving.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // Close is the only reason that a listener of this machine has
		}
		p.serving.Go(func() { p.serve(conn) })
	}
}

// draw decides what happens to a request, or to a connection that carries none that can be seen.
func (p *Proxy) draw(of ...Fault) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rng.IntN(100) >= p.percent {
		return ""
	}
	fault := of[p.rng.IntN(len(of))]
	p.faults[fault]++
	return fault
}

// pause is how long something is late.
func (p *Proxy) pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(20+p.rng.IntN(280)) * time.Millisecond
}

func (p *Proxy) serve(client net.Conn) {
	l := &link{proxy: p, client: client, expecting: true}
	connection := []Fault{Refused}
	if p.options.Opaque {
		connection = append(connection, Late)
	}
	switch p.draw(connection...) {
	case Refused:
		l.cut()
		return
	case Late:
		time.Sleep(p.pause())
	case ResetBefore, LostAnswer, HalfAnswer:
	}
	if p.options.Owner != nil {
		l.owner = p.options.Owner(client.RemoteAddr().(*net.TCPAddr).Port, client.LocalAddr().(*net.TCPAddr).Port)
	}
	server, err := net.DialTimeout("tcp", p.options.Target, 5*time.Second)
	if err != nil {
		l.cut()
		return
	}
	l.server = server
	if !p.enter(l) {
		l.cut()
		return
	}
	defer p.leave(l)
	var both sync.WaitGroup
	both.Go(func() { l.forward(); l.close() })
	both.Go(func() { l.back(); l.close() })
	both.Wait()
}

// enter remembers a connection; false after Close.
func (p *Proxy) enter(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.links[l] = true
	}
	return !p.closed
}

func (p *Proxy) leave(l *link) {
	l.answered()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// link is one connection.
type link struct {
	proxy          *Proxy
	client, server net.Conn
	owner          int

	mu        sync.Mutex
	expecting bool  // guarded by mu; the next bytes of the client begin a request
	body      body  // of forward alone
	waiting   bool  // guarded by mu; a request has no answer yet
	answer    Fault // guarded by mu; what happens to the answer
}

// forward carries what the client says.
func (l *link) forward() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.client.Read(buffer)
		if n > 0 {
			if !l.request(buffer[:n]) {
				l.cut()
				return
			}
			if _, err := l.server.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// request looks at bytes of the client: if they begin a request, it may meet its fate. It reports whether they are passed on.
func (l *link) request(data []byte) bool {
	p := l.proxy
	l.mu.Lock()
	begins := l.expecting && !p.options.Opaque
	l.expecting = false
	l.mu.Unlock()
	if !begins {
		l.follow(data)
		return true
	}
	request := parse(data)
	request.Owner = l.owner
	request.Fault = p.draw(Late, ResetBefore, LostAnswer, LostAnswer, HalfAnswer)
	p.mu.Lock()
	p.requests = append(p.requests, request)
	l.body = body{of: len(p.requests) - 1}
	p.waiting++
	p.most = max(p.most, p.waiting)
	p.mu.Unlock()
	l.mu.Lock()
	l.waiting = true
	l.mu.Unlock()
	l.follow(data)
	switch request.Fault {
	case ResetBefore:
		return false
	case Late:
		time.Sleep(p.pause())
	case LostAnswer, HalfAnswer:
		l.mu.Lock()
		l.answer = request.Fault
		l.mu.Unlock()
	case Refused:
	}
	return true
}

// parse reads the request line. What is none has no method.
func parse(data []byte) Request {
	request := Request{At: time.Now()}
	line, _, _ := bytes.Cut(data, []byte("\r\n"))
	words := strings.Split(string(line), " ")
	if len(words) == 3 && strings.HasPrefix(words[2], "HTTP/1.") {
		request.Method = words[0]
		request.Path, _, _ = strings.Cut(words[1], "?")
	}
	return request
}

// follow takes bytes of the request under way and notes what they tell of it.
func (l *link) follow(data []byte) {
	p := l.proxy
	if p.options.Opaque {
		return
	}
	whole := l.body.take(data)
	p.mu.Lock()
	defer p.mu.Unlock()
	request := &p.requests[l.body.of]
	request.Batch = request.Batch || l.body.changes()
	if whole && request.Whole.IsZero() {
		request.Whole = time.Now()
	}
}

// back carries what the server answers.
func (l *link) back() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.server.Read(buffer)
		if n > 0 {
			l.answered()
			l.mu.Lock()
			fault := l.answer
			l.answer, l.expecting = "", true
			l.mu.Unlock()
			if fault == HalfAnswer {
				_, _ = l.client.Write(buffer[:n/2])
			}
			if fault != "" {
				l.cut()
				return
			}
			if _, err := l.client.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answered notes that no request waits any more.
func (l *link) answered() {
	l.mu.Lock()
	was := l.waiting
	l.waiting = false
	l.mu.Unlock()
	if was {
		l.proxy.mu.Lock()
		l.proxy.waiting--
		l.proxy.mu.Unlock()
	}
}

// close ends a connection as a server does.
func (l *link) close() {
	for _, conn := range []io.Closer{l.client, l.server} {
		_ = conn.Close()
	}
}

// cut ends a connection as a network does: the other end is told of a reset, and what was under way is lost.
func (l *link) cut() {
	for _, conn := range []net.Conn{l.client, l.server} {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		if conn != nil {
			_ = conn.Close()
		}
	}
}
