def test_links():
    pass
