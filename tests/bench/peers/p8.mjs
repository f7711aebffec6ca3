// JSON posted, parsed, written and sent back: p8.mjs PORT
import http from 'node:http';

http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part) => { body += part; });
    request.on('end', () => {
        const out = JSON.stringify(JSON.parse(body));
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(out) });
        response.end(out);
    });
}).listen(Number(process.argv[2]), '127.0.0.1');
