import socketserver


def listen():
    socketserver.TCPServer(("", 9000), socketserver.BaseRequestHandler).serve_forever()
