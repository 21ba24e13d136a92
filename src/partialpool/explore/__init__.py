"""A local web page in which a newcomer gives a table, sees its fit, and moves the prior and the level.

The page is served on this machine alone, for whoever has the random token in its address. The parts, from the bottom:

    layouts      the kinds of tables, each with the columns that it takes
    vocabulary   words by which columns are recognised
    profiles     what is known of each column of a table
    guessing     the layout of a table and its columns, from names, types and values
    tables       a table that was dropped, named at the shell or shipped, as the page sees it
    scales       the priors that the page offers, and the ranges of their sliders
    settings     what the page asks for, read from JSON and checked
    calls        the calls of Python and of the shell that reproduce what is shown
    answers      a fit as JSON for the page: findings, chart and tables
    session      the current table and the fits of it
    worker       the thread in which tables are read and fits are made, one after another
    gate         who may ask: the token, the host, the origin, and the headers of each reply
    server       the addresses of the page
    launch       the socket, the browser and the end by Ctrl-C
"""
