// Command client plays a script of calls with net/http: HTTP/2 where the server offers it.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

type job struct {
	Name, Target, Body string
	Pause              float64
}

type plan struct {
	Authority, HTTP string
	Together        int
	Reconnect       bool
	Workers         [][]job
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var p plan
	check(json.Unmarshal(text, &p))
	roots, err := os.ReadFile(p.Authority)
	check(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	var all sync.WaitGroup
	for _, jobs := range p.Workers {
		client := &http.Client{Transport: transport(p, pool)}
		left := make(chan job, len(jobs))
		for _, j := range jobs {
			left <- j
		}
		close(left)
		for i := 0; i < p.Together; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for j := range left {
					time.Sleep(time.Duration(j.Pause * float64(time.Second)))
					check(send(client, p, j))
				}
			}()
		}
	}
	all.Wait()
}

func transport(p plan, pool *x509.CertPool) *http.Transport {
	t := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: pool, ClientSessionCache: tls.NewLRUClientSessionCache(8)},
		ForceAttemptHTTP2:   p.HTTP == "2",
		DisableKeepAlives:   p.Reconnect,
		MaxIdleConnsPerHost: p.Together,
	}
	if p.HTTP != "2" {
		t.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return t
}

func send(client *http.Client, p plan, j job) error {
	request, err := http.NewRequest("POST", "https://"+j.Name+j.Target, bytes.NewReader([]byte(j.Body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	switch j.Name {
	case "api.anthropic.com":
		request.Header.Set("X-Api-Key", "sk-ant-api03-"+strings.Repeat("k7Qx9", 19))
		request.Header.Set("Anthropic-Version", "2023-06-01")
	case "generativelanguage.googleapis.com":
		request.Header.Set("X-Goog-Api-Key", "AIza"+strings.Repeat("k7Qx9", 7))
	default:
		request.Header.Set("Authorization", "Bearer sk-proj-"+strings.Repeat("k7Qx", 39))
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return fmt.Errorf("%s: %s", j.Target, answer.Status)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
